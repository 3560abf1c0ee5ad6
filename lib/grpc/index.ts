export { addHealthService, type GrpcServer } from './health-service.js';
