/**
 * Stems that long passwords are lazily built from. A password of 16 characters is rarely in a leaked list as it stands, so what
 * counts is what is left once such stems, years and repeats are taken out (see `password-rules.ts`).
 */
export const COMMON_STEMS: readonly string[] = [
  'password', 'passwort', 'motdepasse', 'contrasena', 'passw0rd', 'p@ssw0rd', 'p@ssword', 'qwertyuiop', 'qwerty', 'qwertz', 'azerty', 'asdfghjkl',
  'asdfgh', 'zxcvbnm', 'yxcvbnm', '1q2w3e4r5t', '1q2w3e4r', '1qaz2wsx', 'qazwsx', '1234567890', '123456789', '12345678', '1234567', '123456', '12345', '1234',
  '0987654321', '987654321', '87654321', '654321', '111111', '000000', 'abcdefgh', 'abcdef', 'abc123', 'letmein', 'welcome', 'willkommen', 'bienvenue',
  'iloveyou', 'monkey', 'dragon', 'sunshine', 'princess', 'football', 'baseball', 'superman', 'batman', 'starwars', 'master', 'shadow', 'michael',
  'admin', 'administrator', 'root', 'login', 'changeme', 'default', 'secret', 'trustno1', 'whatever', 'freedom', 'computer', 'internet', 'summer', 'winter',
  'spring', 'autumn', 'january', 'february', 'october', 'november', 'december', 'picturelock', 'davinci', 'resolve', 'avid', 'premiere', 'protools', 'dailies',
  'editor', 'colour', 'color', 'studio', 'production', 'postproduction', 'movie', 'cinema', 'hollywood', 'netflix', 'marvel',
];
