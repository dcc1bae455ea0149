import { embedded } from './doors.ts';
import { moreClients } from './more-clients.ts';

moreClients(embedded);
