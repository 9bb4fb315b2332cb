/** The commit that fixed docs/protocol.md, before the first calibration run. Verdicts name it. */
export const PROTOCOL_COMMIT = 'cce2de78357bba490da9293b96c24db0ea67a5d3';
