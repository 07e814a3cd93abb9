//! What a response to a notification, or the lack of one, means for the notification.

use std::time::Duration;

use backend::NotifyError;

use crate::signed::{AwsResponse, NoResponse};

/// The timeout of a request. It is made once: repeating it could notify a person twice.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);
/// The pause before a notification that was not sent may be tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Errors of requests that were not carried out and may be later: too many requests, or credentials that have just expired.
const LATER: [&str; 9] = [
    "Throttling",
    "Throttled",
    "ThrottlingException",
    "ThrottledException",
    "KMSThrottling",
    "KMSThrottlingException",
    "TooManyRequestsException",
    "ExpiredToken",
    "ExpiredTokenException",
];

/// Errors of requests that were not carried out, and will not be until an operator corrects a permission, a key, a quota or the
/// target of the request. Every 403 and 404 counts as such.
const DENIED: [&str; 12] = [
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "OptInRequired",
    "KMSAccessDenied",
    "KMSDisabled",
    "KMSInvalidState",
    "KMSNotFound",
    "KMSOptInRequired",
    "MissingAuthenticationToken",
];

/// The error for a request without a response.
pub(crate) fn no_response(cause: NoResponse) -> NotifyError {
    let reason = cause.why().to_owned();
    match cause {
        NoResponse::Malformed => NotifyError::Refused { reason },
        NoResponse::NotConnected => NotifyError::NotSent { reason, after: AGAIN_AFTER },
        NoResponse::TimedOut | NoResponse::Broken => NotifyError::Unknown { reason },
    }
}

/// The error for a response with this error code. The service's message is left out, because it quotes numbers and addresses.
pub(crate) fn refused(answer: &AwsResponse, code: Option<String>) -> NotifyError {
    let status = answer.status;
    let Some(code) = code.filter(|code| is_code(code)) else {
        return NotifyError::Unknown { reason: format!("an answer that can't be read ({status})") };
    };
    let reason = format!("{code} ({status})");
    match status {
        _ if LATER.contains(&code.as_str()) => NotifyError::NotSent { reason, after: AGAIN_AFTER },
        403 | 404 => NotifyError::Denied { reason },
        _ if DENIED.contains(&code.as_str()) => NotifyError::Denied { reason },
        400..=499 => NotifyError::Refused { reason },
        _ => NotifyError::Unknown { reason },
    }
}

/// The error for a successful response without the id of what was accepted.
pub(crate) fn broken(answer: &AwsResponse) -> NotifyError {
    NotifyError::Unknown { reason: format!("an answer without an id ({})", answer.status) }
}

fn is_code(code: &str) -> bool {
    !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}
