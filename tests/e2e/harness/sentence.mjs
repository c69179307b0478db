// Makes the name of a test from a row of a table.

/** The text with a capital letter at its beginning. */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
