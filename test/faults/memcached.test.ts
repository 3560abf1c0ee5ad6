import { describeFaultsOf } from './run.js';

describeFaultsOf('memcached');
