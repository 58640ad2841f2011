const PLAIN_ELSEWHERE = /^http:\/\/(?!(?:127(?:\.\d+){3}|localhost|\[::1\])(?:[:/]|$))/i;

/** Whether an endpoint is reached by plain HTTP on another computer: what is sent can be read. */
export function isReadableOnTheWay(endpoint: string): boolean {
  return PLAIN_ELSEWHERE.test(endpoint);
}
