//! The signature of a webhook.

/// Why a webhook does not count as sent by whom it claims. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no signature, or no secret that could verify one.
    #[error("the signature is missing")]
    Missing,
    /// It has not the form that the sender's signatures have.
    #[error("the signature is malformed")]
    Malformed,
    /// It was made with another secret, or for other bytes.
    #[error("the signature does not match")]
    Mismatch,
}
