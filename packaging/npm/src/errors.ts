// Errors of the package; their names are those of the Aluvia client specification.

/** `token` is missing or empty. */
export class MissingUserTokenError extends Error {
  override readonly name = 'MissingUserTokenError';
}

/** The API rejected the token (401 or 403). */
export class InvalidUserTokenError extends Error {
  override readonly name = 'InvalidUserTokenError';
}

/** The API cannot be reached, or its response is an error or makes no sense. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** `statusCode` is the HTTP status of the API's response, if there was one. */
  constructor(
    message: string,
    public readonly statusCode?: number,
  ) {
    super(message);
  }
}

/** The proxy cannot be started: its port is in use, the program is missing or cannot be run, or stop() came first. */
export class ProxyStartError extends Error {
  override readonly name = 'ProxyStartError';
}

/** An error as the program reports it; `exit` is its exit status, `status` that of the API's response. */
export interface ProgramError {
  exit: number;
  message: string;
  error?: string | undefined;
  status?: number | undefined;
}

/** Returns the error of a start that failed, by the program's error name, else by its exit status. */
export function startError({ exit, message, error, status }: ProgramError): Error {
  if (error === 'InvalidUserTokenError' || exit === 77) return new InvalidUserTokenError(message);
  if (error === 'MissingUserTokenError') return new MissingUserTokenError(message);
  if (error === 'ApiError' || exit === 69 || exit === 76) return new ApiError(message, status);
  return new ProxyStartError(message);
}

/** Returns the error of a command that failed; its names are the codes of the control interface. */
export function commandError({ exit, message, error, status }: ProgramError): Error {
  if (error === 'token_refused') return new InvalidUserTokenError(message);
  if (exit === 64) return new TypeError(message);
  const isOfApi = (exit === 69 || exit === 76) && error !== 'no_proxy' && error !== 'not_ready';
  return isOfApi ? new ApiError(message, status) : new Error(message);
}
