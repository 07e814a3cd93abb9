//! Webhooks of TikTok.

/// The shop they are about.
pub const SHOP: &str = "7495551200000000099";

/// A change of an order's status as a body of exactly `bytes` bytes, which must be 250 or more: further fields of an
/// event, which the reader passes over, make it long.
pub fn order_change(number: usize, bytes: usize) -> String {
    let id = 7_327_112_000_000_000_000 + number as u64;
    let order = 576_461_000_000_000_000 + number as u64;
    let body = |note: &str| {
        format!(
            r#"{{"type":1,"tts_notification_id":"{id}","shop_id":"{SHOP}","timestamp":1764000000,"data":{{"is_on_hold_order":true,"order_id":"{order}","order_status":"AWAITING_SHIPMENT","update_time":1764000000,"note":"{note}"}}}}"#
        )
    };
    let bare = body("").len();
    body(&"x".repeat(bytes.saturating_sub(bare)))
}

#[cfg(test)]
mod tests {
    use tiktok::webhook::Webhook;

    #[test]
    fn webhooks_are_as_long_as_asked_for_and_readable() {
        for bytes in [250, 4096] {
            let body = super::order_change(7, bytes);
            assert_eq!(body.len(), bytes);
            assert_eq!(Webhook::parse(body.as_bytes()).unwrap().orders().len(), 1);
        }
    }
}
