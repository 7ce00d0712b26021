/** While there is nothing: often enough that a first push is seen at once by whoever waits for it. */
export const REFRESH_MILLISECONDS = 3_000;
