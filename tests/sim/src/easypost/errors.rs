//! Refusals in EasyPost's shape.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::net::Answer;

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    errors: Vec<Value>,
}

impl ApiError {
    /// 422 with a code and a sentence.
    pub(crate) fn refused(code: &'static str, message: impl Into<String>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { status, code, message: message.into(), errors: Vec::new() }
    }

    pub(crate) fn required(field: &str) -> Self {
        Self::refused("PARAMETER.REQUIRED", "Missing required parameter.").on(field, "cannot be blank")
    }

    pub(crate) fn invalid(field: &str, message: &str) -> Self {
        Self::refused("UNPROCESSABLE_ENTITY", "The request was well-formed but has wrong values.")
            .on(field, message)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            ..Self::refused("NOT_FOUND", "The requested resource could not be found.").on(what, "not found")
        }
    }

    pub(crate) fn unauthorized() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..Self::refused("APIKEY.REQUIRED", "An API key is required to access this resource.")
        }
    }

    pub(crate) fn no_funds() -> Self {
        let message = "Insufficient funds. Please add funds to your account.";
        Self { status: StatusCode::PAYMENT_REQUIRED, ..Self::refused("PAYMENT_REQUIRED", message) }
    }

    pub(crate) fn key_inactive() -> Self {
        let message =
            "This api key is no longer active. Please use a different api key or reactivate this key.";
        Self { status: StatusCode::FORBIDDEN, ..Self::refused("APIKEY.INACTIVE", message) }
    }

    /// The address does not verify; the list tells why.
    pub(crate) fn unverified(errors: Vec<Value>) -> Self {
        Self { errors, ..Self::refused("ADDRESS.VERIFY.FAILURE", "Unable to verify address.") }
    }

    fn on(mut self, field: &str, message: &str) -> Self {
        self.errors.push(json!({ "field": field, "message": message }));
        self
    }

    pub(crate) fn answer(self) -> Answer {
        let body = json!({ "code": self.code, "message": self.message, "errors": self.errors });
        Answer::json(self.status, &json!({ "error": body }))
    }
}

/// A refusal before the call was looked at.
pub(crate) fn refusal(status: StatusCode) -> Answer {
    let (code, message) = match status {
        StatusCode::TOO_MANY_REQUESTS => ("RATE_LIMITED", "Too many requests. Please slow down."),
        StatusCode::SERVICE_UNAVAILABLE => ("SERVICE_UNAVAILABLE", "The service is not available."),
        _ => ("INTERNAL_SERVER_ERROR", "Something went wrong on our end."),
    };
    let error = ApiError { status, ..ApiError::refused(code, message) };
    error.answer()
}
