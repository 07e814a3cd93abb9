//! Pure conversions from TikTok's wire types to the domain's types.

pub mod address;
pub mod cancellation;
pub mod conversation;
pub mod order;
pub mod warehouse;

/// `None` for an empty string.
pub fn present<T>(text: String, wrap: impl FnOnce(String) -> T) -> Option<T> {
    (!text.is_empty()).then(|| wrap(text))
}
