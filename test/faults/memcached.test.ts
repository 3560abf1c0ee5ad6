import { FAULTS } from './matrix.js';
import { describeFaultsOf } from './run.js';

describeFaultsOf('memcached', FAULTS);
