import { describeFaultsOf } from './run.js';

describeFaultsOf('postgres');
