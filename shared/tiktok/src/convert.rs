//! From TikTok's shapes to the domain's types. Pure.

pub mod address;
pub mod cancellation;
pub mod conversation;
pub mod order;
pub mod warehouse;

/// `None` for an empty text.
pub fn present<T>(text: String, wrap: impl FnOnce(String) -> T) -> Option<T> {
    (!text.is_empty()).then(|| wrap(text))
}
