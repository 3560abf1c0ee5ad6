export { HealthTesting } from './health-testing.js';
