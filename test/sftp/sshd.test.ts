import { conformance } from './conformance.ts';
import { sshd } from './doors.ts';

conformance(sshd);
