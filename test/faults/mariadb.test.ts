import { describeFaultsOf } from './run.js';

describeFaultsOf('mariadb');
