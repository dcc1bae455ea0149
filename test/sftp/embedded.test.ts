import { conformance } from './conformance.ts';
import { embedded } from './doors.ts';

conformance(embedded);
