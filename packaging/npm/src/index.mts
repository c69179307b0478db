// The package for import: the same code as for require(), so that instanceof holds for both.
export * from './index.js';
