/** Errors in OpenAI's format: `{error: {message, type, param, code}}`, with a status that is never 200. */
import { PolyclinicError } from "../../base/errors.ts";
import { statusOf } from "../http-error.ts";

export function errorBody(error: unknown) {
  const status = statusOf(error);
  // Unknown errors may contain paths or record text: they are logged, not sent.
  const known = PolyclinicError.is(error);
  return {
    error: {
      message: known ? error.message : "an unexpected failure",
      type:
        status === 401
          ? "authentication_error"
          : status === 403
            ? "permission_error"
            : status === 404
              ? "not_found_error"
              : status === 429 || status === 503
                ? "overloaded_error"
                : status < 500
                  ? "invalid_request_error"
                  : "server_error",
      param: known ? (error.where ?? null) : null,
      code: known ? error.code : "internal",
    },
  };
}
