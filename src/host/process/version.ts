/** The version of this program, of its own package.json: a bundle keeps the one that it was made with. */
import about from '#package' with { type: 'json' };

export const VERSION = about.version;
