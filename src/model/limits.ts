/** Every limit that the model's rules hold, named once. Thresholds with a control beside them are the MPA's; the others are ours. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The last instant that JavaScript's dates can name: "no end known". */
export const TIME_MAX = 8_640_000_000_000_000;

/** Longest engagement, unless the facility sets another. */
export const ENGAGEMENT_DAYS_MAX = 400;
/** Idle days before an account is suspended (TS-1.7), unless the facility sets another. */
export const DORMANT_AFTER_DAYS = 30;
export const DORMANCY_WARNING_DAYS = 7;
/** Nobody is suspended as dormant without having had this long to react to the warning. */
export const DORMANCY_GRACE_MS = DAY_MS;
/** All standing access on a project is reviewed this often by its owner (TS-1.7). */
export const REVIEW_EVERY_DAYS = 90;
/** Days kept in the bin, unless the facility sets another. */
export const BIN_DAYS = 30;
/** Days before the end of an engagement or a facility role at which it is warned of. */
export const END_WARNING_DAYS: readonly number[] = [7, 1];
/** Wrong passwords or codes in a row before an account locks (TS-1.6). */
export const LOCKOUT_FAILURES = 5;
/** A second factor older than this does not cover a sensitive act. */
export const FACTOR_AGE_MAX_MS = 12 * HOUR_MS;

export const INVITATION_DAYS_MAX = 14;
export const RECOVERY_DAYS_MAX = 7;
export const RECOVERY_APPROVALS = 2;
export const REQUEST_DAYS_MAX = 14;
export const FACILITY_ROLE_DAYS_MAX = 400;
export const EXCEPTION_DAYS_MAX = 400;
export const ONBOARDING_DAYS_MAX = 1100;
/** Passwords live 365 days at most (TS-1.6); every other credential 400. */
export const PASSWORD_DAYS_MAX = 365;
export const CREDENTIAL_DAYS_MAX = 400;
export const CREDENTIALS_PER_PERSON_MAX = 20;
export const SESSION_MS_MAX = 7 * DAY_MS;
/** A working day, however long: nobody holds storage open for longer without coming to the page again. */
export const SHARE_MS_MAX = 12 * HOUR_MS;
/** How long after its limit a session may stay unclosed before its gate counts as lost. */
export const SESSION_GRACE_MS = 15 * MINUTE_MS;
export const OPEN_REQUESTS_PER_PERSON_MAX = 20;
/** Engagements of one person on one project, ended ones included. */
export const ENGAGEMENTS_PER_PLACE_MAX = 200;
/** Commands that one pass of `due` proposes at most; the next pass finds the rest. */
export const DUE_MAX = 500;

/** A rule of the network is looked at again at least this often (TS-2.4). */
export const FLOW_REVIEW_DAYS_MAX = 366;
/** Zones, hosts, services, flows: at most so many of each. */
export const NETWORK_NOUNS_MAX = 10_000;
/** How long a port that was an admin's is judged as one. */
export const FORMER_ADMIN_DAYS = 90;
export const FORMER_ADMIN_KEPT = 500;
export const PATHS_PER_SESSION_MAX = 16;
/** Policy tests that a facility keeps, and how long one may be: each is an entry of its own. */
export const POLICY_TESTS_MAX = 1000;
export const POLICY_TEST_BYTES_MAX = 16_384;

/** A window in which a vault takes new keys. */
export const VAULT_WINDOW_MS_MAX = HOUR_MS;
/** Between the approval of a removal and the removal. */
export const PRUNE_WAIT_MS = 7 * DAY_MS;
export const CHANGE_WINDOW_MS_MAX = 14 * DAY_MS;
