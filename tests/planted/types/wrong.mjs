/** @type {number} */
export const answer = 'forty-two';
