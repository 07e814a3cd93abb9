//! What a shipment is rated from: its addresses, its parcel, and the accounts' quotes for it.

use std::time::{Duration, Instant};

use carriers::{AddressCheck, CarrierError, NoQuotes, Rejection, ShipRequest};
use domain::address::Address;
use domain::exception::ExceptionKind;
use domain::message::ShipmentRef;
use domain::parcel::{Parcel, pack};
use domain::parties::{recipient, sender};
use domain::rates::{Carrier, Quotes};
use domain::record::OrderRecord;
use domain::retry::Retry;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::{AccountId, Money};
use workflow::{Deferral, Pause, error_chain};

use crate::customs::{CustomsPapers, customs_papers};
use crate::decide::ParcelSnapshot;
use crate::{RateFailure, RateShop};

/// How long to wait for the accounts' quotes; the choice is made among those that came. The slowest recorded answer of an
/// aggregator, which asks every carrier behind it, took 4 s.
const QUOTES_WITHIN: Duration = Duration::from_secs(20);
/// How long an order waits for an address checker that takes no more calls for now. Beyond that it goes on, as it does when
/// the checker is down: other accounts sell labels meanwhile.
const CHECKER_PAUSE_MAX: Duration = Duration::from_secs(10);

/// A parcel with its quotes.
pub(crate) struct QuotedParcel {
    pub(crate) snapshot: ParcelSnapshot,
    pub(crate) price_limit: Option<Money>,
    pub(crate) price_accepted: Option<Money>,
    /// The carriers whose tracking numbers TikTok accepts for the order.
    pub(crate) carriers: Vec<Carrier>,
    pub(crate) quotes: Quotes,
    pub(crate) parcel: Parcel,
    pub(crate) papers: CustomsPapers,
    pub(crate) from: Address,
    pub(crate) to: Address,
}

impl RateShop {
    /// Packs the shipment's items, and asks all accounts for quotes.
    pub(crate) async fn quote(
        &self,
        target: &ShipmentRef,
        record: &OrderRecord,
        shipment: &Shipment,
        shop: &Shop,
    ) -> Result<QuotedParcel, RateFailure> {
        let order = &record.order;
        let settings = self.settings.for_shop(&shop.id);
        let from = sender(shop, shipment, settings)?;
        self.check_own_labels(record, shop)?;
        let to = recipient(record, settings, &from)?;
        let items: Vec<_> = order.items.iter().filter(|item| shipment.items.contains(&item.id)).collect();
        let weights = self.weights(shop, &items).await?;
        let parcel = pack(items.iter().copied(), &weights.items).map_err(|error| weights.failure(&error))?;
        let papers = customs_papers(&from, &to, &items, &weights.items, settings.customs.as_ref())?;
        let part = order.part(&shipment.items);
        let request = ShipRequest {
            from: &from,
            to: &to,
            parcel: &parcel,
            customs: papers.form.as_ref(),
            reference: target.shipment.as_str(),
            part: &part,
        };
        // All at the same time: an address is rarely rejected, and quotes cost nothing.
        let deadline = Instant::now() + QUOTES_WITHIN;
        let (carriers, address_check, quotes) = tokio::join!(
            self.carriers_at_tiktok(record, shop),
            self.accounts.verify_address(&to),
            self.accounts.quotes(&request, self.clock.now(), deadline)
        );
        let carriers = carriers?;
        // A person who has confirmed the address knows better than any checker.
        if !record.has_confirmed_address() {
            check_deliverable(address_check, self.accounts.address_checker(), &from, &to)?;
        }
        let quotes =
            quotes.map_err(|NoQuotes { account, error }| quote_failure(&error, &account, &[&from, &to]))?;
        Ok(QuotedParcel {
            snapshot: ParcelSnapshot::of(record, shipment),
            price_limit: shipment.price_limit,
            price_accepted: shipment.price_accepted,
            carriers,
            quotes,
            parcel,
            papers,
            from,
            to,
        })
    }
}

/// Fails for an address that nothing can be delivered to.
///
/// An address that only the postal service reaches always passes: verification databases know many of these badly, and the
/// choice of services takes care of them. Without a verdict the order continues, because it must not be late when a checker is
/// down; but a checker that takes no more calls for a moment is waited for.
fn check_deliverable(
    check: Result<AddressCheck, CarrierError>,
    checker: Option<&AccountId>,
    from: &Address,
    to: &Address,
) -> Result<(), RateFailure> {
    let is_postal_only = to.place().is_postal_only();
    match check {
        Ok(AddressCheck::Undeliverable { reasons, text }) if !is_postal_only => {
            let detail = format!("The address is not deliverable: {}.", reasons.join(", "));
            let detail = text.append_to(detail, &[from, to]);
            Err(RateFailure::Block(ExceptionKind::AddressUndeliverable, detail))
        }
        Ok(AddressCheck::Deliverable { .. } | AddressCheck::Undeliverable { .. }) => Ok(()),
        Ok(AddressCheck::NoVerdict { reasons }) => {
            tracing::warn!(codes = reasons.join(", "), "address is not verified");
            Ok(())
        }
        Err(error) => match error.retry() {
            Retry::Paused(after) if !is_postal_only && after <= CHECKER_PAUSE_MAX => {
                Err(RateFailure::Defer(Deferral::Paused(Pause { after, account: checker.cloned() })))
            }
            Retry::Paused(_) | Retry::After(_) | Retry::Never | Retry::Reconcile => {
                tracing::warn!(error = error_chain(&error), "address is not verified");
                Ok(())
            }
        },
    }
}

/// No account gave quotes; `error` is the most telling of their answers, and `account` gave it.
pub(crate) fn quote_failure(
    error: &CarrierError,
    account: &AccountId,
    addresses: &[&Address],
) -> RateFailure {
    let CarrierError::Rejected { reason, code, text, .. } = error else {
        return RateFailure::Defer(Deferral::passing(error_chain(error), error.retry()).of(account));
    };
    let (kind, detail) = match reason {
        Rejection::Address => (
            ExceptionKind::AddressUndeliverable,
            format!("The carrier does not accept the address ({code})."),
        ),
        Rejection::AddressField => (
            ExceptionKind::AddressUnprintable,
            format!("The carrier does not accept the address as it is written ({code})."),
        ),
        Rejection::Account | Rejection::Funds => return RateFailure::Defer(Deferral::account_refused(error)),
        // The order is not as it was when it was last read.
        Rejection::OrderState => {
            return RateFailure::AwaitOrder(Deferral::passing(error_chain(error), Retry::Reconcile));
        }
        Rejection::Precondition => (
            ExceptionKind::PreconditionMissing,
            format!("TikTok wants something else to be done first ({code})."),
        ),
        Rejection::QuoteGone | Rejection::Carrier { .. } | Rejection::Request => {
            (ExceptionKind::NoRate, format!("The carrier refused to quote ({code})."))
        }
    };
    RateFailure::Block(kind, text.append_to(detail, addresses))
}
