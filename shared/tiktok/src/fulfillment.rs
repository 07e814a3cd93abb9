//! Marking parcels as shipped.

use domain::{LineItemId, OrderId, PackageId, ProviderId, TrackingNumber};

use crate::access::ShopAccess;
use crate::call::{ApiCall, CallName};
use crate::client::TikTok;
use crate::convert::present;
use crate::error::{Argument, Error};
use crate::{paths, wire};

/// The longest warning that is kept.
const WARNING_MAX_CHARS: usize = 300;

/// What TikTok made of a parcel that was marked as shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipped {
    pub package: Option<PackageId>,
    /// TikTok took the number but doubts it, for example because it looks like another provider's. Somebody should check it:
    /// such parcels count against the shop's valid tracking rate.
    pub warning: Option<String>,
}

impl TikTok {
    /// Tells TikTok the tracking number of a parcel with the seller's own label (Mark Package As Shipped). Without
    /// `line_items` it is for the whole order.
    ///
    /// # Errors
    /// As every call: see [`Error`]. It is sent once: after [`crate::Class::RereadFirst`] or
    /// [`crate::Class::AlreadyDone`] read the order before anything else. A number that TikTok would refuse for its
    /// characters is not sent ([`crate::Class::TrackingRefused`]).
    pub async fn mark_shipped(
        &self,
        shop: &ShopAccess,
        order: &OrderId,
        line_items: &[LineItemId],
        provider: &ProviderId,
        tracking: &TrackingNumber,
    ) -> Result<Shipped, Error> {
        let name = CallName::MARK_SHIPPED;
        let unacceptable = |argument| Err(Error::Unacceptable { call: name, argument });
        if !is_tracking_number(tracking.as_str()) {
            return unacceptable(Argument::TrackingNumber);
        }
        if !paths::is_id(order.as_str()) {
            return unacceptable(Argument::OrderId);
        }
        if !paths::is_id(provider.as_str()) {
            return unacceptable(Argument::ProviderId);
        }
        if !line_items.iter().all(|item| paths::is_id(item.as_str())) {
            return unacceptable(Argument::LineItems);
        }
        let body = wire::logistics::MarkShipped {
            order_line_item_ids: line_items.iter().map(LineItemId::as_str).collect(),
            shipping_provider_id: provider.as_str(),
            tracking_number: tracking.as_str(),
        };
        let call = ApiCall::post(name, paths::mark_shipped(order), &body);
        let answer: wire::logistics::MarkedShipped = self.shop_call(shop, call).await?;
        Ok(Shipped {
            package: present(answer.package_id, PackageId::new),
            warning: present(answer.warning.message, |words| words.chars().take(WARNING_MAX_CHARS).collect()),
        })
    }
}

/// "4 to 50 characters: letters, digits, `-`, `_`, `.`, `/`" (Update Order Shipping Info). TikTok lists spaces and tabs
/// in numbers among the common mistakes of apps.
pub(crate) fn is_tracking_number(number: &str) -> bool {
    (4..=50).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::is_tracking_number;

    #[test]
    fn accepts_tracking_numbers_that_tiktok_accepts() {
        for (number, expect) in [
            ("9400111899560000000000", true),
            ("1Z999AA10123456784", true),
            ("A-_./", true),
            ("abc", false),
            ("9400 1118", false),
            ("94001118\t", false),
            ("94001118é", false),
            ("", false),
        ] {
            assert_eq!(is_tracking_number(number), expect, "{number:?}");
        }
        assert!(is_tracking_number(&"9".repeat(50)) && !is_tracking_number(&"9".repeat(51)));
    }
}
