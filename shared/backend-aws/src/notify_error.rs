//! What an answer to a message, or the lack of one, means for the message.

use std::time::Duration;

use backend::NotifyError;

use crate::signed::{Answer, Lost};

/// Time for a request. It is made once: a second message is no repetition of the first.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after which a message that was not sent may be sent.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Said of a request that was not carried out and may be later: too many of them, or credentials that have just run out.
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

/// Said of a request that was not carried out, and will not be until an operator mends a right, a key, a quota, or what the
/// request goes to. So is every 403 and 404.
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

/// Nothing came back.
pub(crate) fn lost(lost: Lost) -> NotifyError {
    let reason = lost.why().to_owned();
    match lost {
        Lost::Malformed => NotifyError::Refused { reason },
        Lost::NotConnected => NotifyError::NotSent { reason, after: AGAIN_AFTER },
        Lost::TimedOut | Lost::Broken => NotifyError::Unknown { reason },
    }
}

/// An error came back, with this code. The service's own words are left out: they quote numbers and addresses.
pub(crate) fn refused(answer: &Answer, code: Option<String>) -> NotifyError {
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

/// An answer that says that all is well, and lacks the id of what it took.
pub(crate) fn broken(answer: &Answer) -> NotifyError {
    NotifyError::Unknown { reason: format!("an answer without an id ({})", answer.status) }
}

fn is_code(code: &str) -> bool {
    !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}
