/** Style sheets are imported for their effect; Vite carries them. */
declare module '*.css';
