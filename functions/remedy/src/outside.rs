//! What TikTok's errors mean to a person who applies a remedy, and what it shows of an order now.

use domain::shop::Shop;
use domain::{OrderId, OrderKey};
use tiktok::{CancellationSearch, Class, Error, ParsedCancellation, ShopAccess};
use workflow::error_chain;

use crate::RemedyStep;
use crate::report::RemedyFailed;

/// What a remedy tells people of the failures that depend on it.
pub(crate) struct FailureTexts {
    /// The state of the order, the cancellation or the conversation does not allow it.
    pub(crate) state: &'static str,
    /// The reason or the text is not accepted.
    pub(crate) content: &'static str,
    /// The answer was lost, and the outcome could not be looked up.
    pub(crate) lost: &'static str,
}

/// The failure to report to the person who applied the remedy.
pub(crate) fn failure(error: &Error, texts: &FailureTexts) -> RemedyFailed {
    match error.class() {
        Class::OrderState => RemedyFailed::refused(texts.state),
        Class::ContentRefused => RemedyFailed::refused(texts.content),
        Class::RereadFirst | Class::AlreadyDone => RemedyFailed::Unknown(texts.lost.to_owned()),
        Class::Throttled { after } => {
            let seconds = after.as_millis().div_ceil(1000);
            RemedyFailed::Failed(format!(
                "TikTok accepts no more calls for now: nothing was done, try again in {seconds} s"
            ))
        }
        Class::Retry | Class::AppRefused => {
            RemedyFailed::Failed(format!("nothing was done, try again: {}", error_chain(error)))
        }
        Class::Reauthorize => RemedyFailed::refused("the shop has to be connected again"),
        Class::MissingScope => RemedyFailed::refused(
            "the seller has not granted the scope that this needs: connect the shop again",
        ),
        Class::TrackingRefused | Class::Bug | Class::Unknown => RemedyFailed::refused(error_chain(error)),
    }
}

impl RemedyStep {
    /// The cancellations of an order, the least recently changed first.
    pub(crate) async fn cancellations(
        &self,
        shop: &ShopAccess,
        order: &OrderId,
    ) -> Result<Vec<tiktok::Cancellation>, Error> {
        let search = CancellationSearch {
            order_ids: vec![order.clone()],
            page_size: 50,
            ..CancellationSearch::default()
        };
        let page = self.tiktok.search_cancellations(shop, &search).await?;
        Ok(page
            .cancellations
            .into_iter()
            .filter_map(ParsedCancellation::ok)
            .filter(|found| found.order == *order)
            .collect())
    }

    /// Whether TikTok shows the order as cancelled now.
    pub(crate) async fn is_cancelled(&self, shop: &Shop, key: &OrderKey) -> Result<bool, Error> {
        let orders = self.tiktok.orders(&ShopAccess::from(shop), std::slice::from_ref(&key.order)).await?;
        Ok(orders
            .into_iter()
            .flatten()
            .any(|order| order.id == key.order && order.status == domain::order::OrderStatus::Cancelled))
    }
}
