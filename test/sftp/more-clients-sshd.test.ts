import { sshd } from './doors.ts';
import { moreClients } from './more-clients.ts';

moreClients(sshd);
