/** What starts sql.js, by itself: a build loads a CommonJS package late by way of a module that names what it wants of it. */
export { default as initialize } from 'sql.js';
