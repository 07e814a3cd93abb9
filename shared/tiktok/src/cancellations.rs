//! Cancellations: requests of buyers that the seller answers, and cancellations by the seller.

use domain::{CancelId, LineItemId, OrderId, Timestamp};

use crate::access::ShopAccess;
use crate::call::{ApiCall, CallName};
use crate::client::TikTok;
use crate::convert::cancellation::{CancelStatus, ParsedCancellation, cancel_reasons, cancellation};
use crate::convert::present;
use crate::error::{Argument, Error, Fault};
use crate::{paths, wire};

/// The largest page of Search Cancellations.
const PAGE_SIZE_MAX: u32 = 50;
/// "Idempotency keys can be up to 255 characters long".
const IDEMPOTENCY_KEY_MAX: usize = 255;

/// Which cancellations are searched for. An empty field does not restrict the search. Times are in whole seconds; the lower
/// bound is inclusive, the upper one exclusive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CancellationSearch {
    pub order_ids: Vec<OrderId>,
    pub statuses: Vec<CancelStatus>,
    pub update_time_ge: Option<Timestamp>,
    pub update_time_lt: Option<Timestamp>,
    /// 1 to 50. Other numbers are clamped.
    pub page_size: u32,
    /// Names the page, as the one before it does; `None` for the first.
    pub page_token: Option<String>,
}

/// A page of cancellations, the least recently changed first.
#[derive(Clone, Debug)]
pub struct CancellationPage {
    pub cancellations: Vec<ParsedCancellation>,
    /// Names the next page; `None` after the last one.
    pub next_page_token: Option<String>,
    /// How many the search finds in all, where TikTok tells.
    pub total_count: Option<u64>,
}

/// A reason for which a buyer's request may be rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectReason {
    /// TikTok's name of it, for [`CancellationRejection::reason`].
    pub name: String,
    /// The reason in words.
    pub text: String,
}

/// The rejection of a buyer's request.
#[derive(Clone, Copy)]
pub struct CancellationRejection<'a> {
    /// 1 to 255 characters. TikTok executes a key once.
    pub idempotency_key: &'a str,
    /// The name of one of [`TikTok::reject_reasons`].
    pub reason: &'a str,
    /// For the buyer to read.
    pub comment: Option<&'a str>,
}

/// What TikTok made of a seller's cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelResult {
    pub cancel_id: CancelId,
    pub status: CancelStatus,
}

impl TikTok {
    /// One page of the cancellations that the search finds (Search Cancellations).
    ///
    /// # Errors
    /// As every call: see [`Error`]. One cancellation that cannot be parsed does not fail the page.
    pub async fn search_cancellations(
        &self,
        shop: &ShopAccess,
        search: &CancellationSearch,
    ) -> Result<CancellationPage, Error> {
        let name = CallName::CANCELLATION_SEARCH;
        let seconds = |time: Option<Timestamp>| time.map(Timestamp::as_second);
        let body = wire::cancellation::Search {
            order_ids: search.order_ids.iter().map(OrderId::as_str).collect(),
            cancel_status: search.statuses.iter().map(CancelStatus::as_str).collect(),
            update_time_ge: seconds(search.update_time_ge),
            update_time_lt: seconds(search.update_time_lt),
        };
        let call = ApiCall::post(name, paths::CANCELLATION_SEARCH, &body)
            .with("page_size", search.page_size.clamp(1, PAGE_SIZE_MAX).to_string())
            .with("page_token", search.page_token.clone().unwrap_or_default())
            .with("sort_field", "update_time")
            .with("sort_order", "ASC");
        let answer: wire::cancellation::Cancellations = self.shop_call(shop, call).await?;
        let cancellations: Vec<_> = answer.cancellations.into_iter().flatten().map(cancellation).collect();
        let is_first = search.page_token.is_none();
        if is_first && cancellations.is_empty() && answer.total_count.is_some_and(|count| count > 0) {
            return Err(Error::lost(name, Fault::BrokenAnswer));
        }
        Ok(CancellationPage {
            cancellations,
            next_page_token: present(answer.next_page_token, |token| token),
            total_count: answer.total_count,
        })
    }

    /// Approves a buyer's request: the order is cancelled (Approve Cancellation). TikTok executes an `idempotency_key`, 1 to
    /// 255 characters, once.
    ///
    /// # Errors
    /// As every call: see [`Error`]. It is sent once: after [`crate::Class::RereadFirst`] read the cancellation before
    /// anything else. A request that was answered already or withdrawn is [`crate::Class::OrderState`].
    pub async fn approve_cancellation(
        &self,
        shop: &ShopAccess,
        cancellation: &CancelId,
        idempotency_key: &str,
    ) -> Result<(), Error> {
        let name = CallName::CANCELLATION_APPROVE;
        check_cancellation(name, cancellation)?;
        check_key(name, idempotency_key)?;
        let call = ApiCall::post_empty(name, paths::approve_cancellation(cancellation))
            .with("idempotency_key", idempotency_key);
        self.shop_call::<serde_json::Value>(shop, call).await.map(|_| ())
    }

    /// Rejects a buyer's request: the order goes on (Reject Cancellation). In the United States TikTok wants the order to be
    /// shipped instead, which rejects the request by itself.
    ///
    /// # Errors
    /// As [`TikTok::approve_cancellation`]; a reason that does not fit is [`crate::Class::ContentRefused`].
    pub async fn reject_cancellation(
        &self,
        shop: &ShopAccess,
        cancellation: &CancelId,
        rejection: CancellationRejection<'_>,
    ) -> Result<(), Error> {
        let CancellationRejection { idempotency_key, reason, comment } = rejection;
        let name = CallName::CANCELLATION_REJECT;
        check_cancellation(name, cancellation)?;
        check_key(name, idempotency_key)?;
        let body = wire::cancellation::Reject { reject_reason: reason, comment };
        let call = ApiCall::post(name, paths::reject_cancellation(cancellation), &body)
            .with("idempotency_key", idempotency_key);
        self.shop_call::<serde_json::Value>(shop, call).await.map(|_| ())
    }

    /// The reasons for which a request may be rejected (Get Reject Reasons).
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn reject_reasons(
        &self,
        shop: &ShopAccess,
        cancellation: &CancelId,
    ) -> Result<Vec<RejectReason>, Error> {
        let name = CallName::REJECT_REASONS;
        check_cancellation(name, cancellation)?;
        let call =
            ApiCall::get(name, paths::REJECT_REASONS).with("return_or_cancel_id", cancellation.as_str());
        let answer: wire::cancellation::RejectReasons = self.shop_call(shop, call).await?;
        let named = answer.reasons.into_iter().filter(|reason| !reason.name.is_empty());
        Ok(named.map(|reason| RejectReason { name: reason.name, text: reason.text }).collect())
    }

    /// Cancels an order for the seller, or some of its line items (Cancel Order). `reason` is one of
    /// [`TikTok::seller_cancel_reasons`]. Single line items can be cancelled only in the United States and the United Kingdom,
    /// and only because they are out of stock.
    ///
    /// # Errors
    /// As every call: see [`Error`]. It is sent once and knows no idempotency key: after
    /// [`crate::Class::RereadFirst`] or [`crate::Class::AlreadyDone`] read the order; the latter also says that a
    /// request of the buyer waits. A reason that does not fit is [`crate::Class::ContentRefused`].
    pub async fn cancel_order(
        &self,
        shop: &ShopAccess,
        order: &OrderId,
        reason: &str,
        items: Option<&[LineItemId]>,
    ) -> Result<CancelResult, Error> {
        let name = CallName::CANCEL_ORDER;
        check_order(name, order)?;
        // An empty list would be sent as the whole order.
        if items
            .is_some_and(|items| items.is_empty() || !items.iter().all(|item| paths::is_id(item.as_str())))
        {
            return Err(Error::Unacceptable { call: name, argument: Argument::LineItems });
        }
        let body = wire::cancellation::Cancel {
            order_id: order.as_str(),
            cancel_reason: reason,
            order_line_item_ids: items.unwrap_or_default().iter().map(LineItemId::as_str).collect(),
        };
        let call = ApiCall::post(name, paths::CANCEL_ORDER, &body);
        let answer: wire::cancellation::Cancelled = self.shop_call(shop, call).await?;
        let broken = || Error::lost(name, Fault::BrokenAnswer);
        Ok(CancelResult {
            cancel_id: present(answer.cancel_id, CancelId::new).ok_or_else(broken)?,
            status: CancelStatus::from(answer.cancel_status),
        })
    }

    /// TikTok's names of the reasons for which the seller may cancel the order as it stands (Get Aftersale Eligibility); empty
    /// when it may not.
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn seller_cancel_reasons(
        &self,
        shop: &ShopAccess,
        order: &OrderId,
    ) -> Result<Vec<String>, Error> {
        let name = CallName::CANCEL_REASONS;
        check_order(name, order)?;
        let call = ApiCall::get(name, paths::aftersale_eligibility(order))
            .with("initiate_aftersale_user", "SELLER")
            .with("request_types", "CANCEL");
        Ok(cancel_reasons(self.shop_call(shop, call).await?))
    }
}

fn check_cancellation(call: CallName, id: &CancelId) -> Result<(), Error> {
    if paths::is_id(id.as_str()) {
        Ok(())
    } else {
        Err(Error::Unacceptable { call, argument: Argument::CancellationId })
    }
}

fn check_order(call: CallName, id: &OrderId) -> Result<(), Error> {
    if paths::is_id(id.as_str()) {
        Ok(())
    } else {
        Err(Error::Unacceptable { call, argument: Argument::OrderId })
    }
}

/// An empty key would not be sent, and the call could happen twice.
fn check_key(call: CallName, key: &str) -> Result<(), Error> {
    let length = key.chars().count();
    if (1..=IDEMPOTENCY_KEY_MAX).contains(&length) {
        Ok(())
    } else {
        Err(Error::Unacceptable { call, argument: Argument::IdempotencyKey })
    }
}
