//! The envelope of every answer, and the codes of refusals.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::odd_gate::{BREAKS_ANSWERS, FAILS_ANSWERS};
use crate::clock;
use crate::net::Answer;

/// A refusal: a code, a message, and the HTTP status that comes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: i64,
    pub(crate) message: String,
}

impl ApiError {
    /// A refusal by the business rules: HTTP 200, for success is told by the code alone.
    pub(crate) fn business(code: i64, message: impl Into<String>) -> Self {
        Self { status: StatusCode::OK, code, message: message.into() }
    }

    /// The code of many meanings: something about the request is missing or wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: 36_009_004, message: message.into() }
    }

    pub(crate) fn sign_invalid() -> Self {
        Self::unauthorized(106_001, "sign is invalid")
    }

    pub(crate) fn unauthorized(code: i64, message: &str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code, message: message.to_owned() }
    }

    pub(crate) fn too_many_requests() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            code: 36_009_002,
            message: "Too many requests.".to_owned(),
        }
    }

    pub(crate) fn no_such_path() -> Self {
        Self { status: StatusCode::NOT_FOUND, code: 36_009_009, message: "Invalid path.".to_owned() }
    }
}

/// Wraps what a call came to.
pub(crate) fn envelope(result: Result<Value, ApiError>) -> Answer {
    match result {
        Ok(data) => {
            let body = json!({ "code": 0, "message": "Success", "request_id": request_id(), "data": data });
            let body = body.to_string();
            if body.contains(FAILS_ANSWERS) {
                return refusal(StatusCode::INTERNAL_SERVER_ERROR);
            }
            Answer::bytes(StatusCode::OK, "application/json", body.replace(BREAKS_ANSWERS, "\""))
        }
        Err(error) => Answer::json(
            error.status,
            &json!({ "code": error.code, "message": error.message, "request_id": request_id() }),
        ),
    }
}

/// A refusal at the gateway, before any business rule.
pub(crate) fn refusal(status: StatusCode) -> Answer {
    if status == StatusCode::TOO_MANY_REQUESTS {
        return envelope(Err(ApiError::too_many_requests()));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        // The overload page of the gateway is not an envelope.
        return Answer::bytes(status, "text/html", "<html><body>503 Service Unavailable</body></html>");
    }
    let message = "Internal error. Please try again.".to_owned();
    envelope(Err(ApiError { status, code: 36_009_003, message }))
}

fn request_id() -> String {
    let time = clock::now().strftime("%Y%m%d%H%M%S").to_string();
    let random: String = crate::ids::hex32().to_uppercase().chars().take(18).collect();
    format!("{time}{random}")
}
