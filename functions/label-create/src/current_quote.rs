//! The chosen quote, at its present price.

use std::time::{Duration, Instant};

use carriers::{Connector, ShipRequest};
use domain::Timestamp;
use domain::rates::{ChosenQuote, Quote};
use domain::time::is_within;
use workflow::Deferral;

use crate::failed_call::deferral_after;

/// How long to wait for the present price of a quote.
const QUOTE_WITHIN: Duration = Duration::from_secs(20);

/// What has become of the chosen quote since it was chosen.
pub(crate) enum CurrentQuote {
    /// It may be bought, as it was chosen or at its present price.
    Valid(Box<ChosenQuote>),
    /// It is no longer offered, or costs more than it may.
    TooDear,
    /// Its present price is not available now.
    Unavailable(Deferral),
}

/// The quote to buy: the chosen one, or, when that is too old, the same service on the same contract at its present price.
pub(crate) async fn current_quote(
    connector: &dyn Connector,
    request: &ShipRequest<'_>,
    chosen: &ChosenQuote,
    now: Timestamp,
) -> CurrentQuote {
    if is_within(chosen.asked_at, connector.capabilities().quote_ttl, now) {
        return CurrentQuote::Valid(Box::new(chosen.clone()));
    }
    let deadline = Instant::now() + QUOTE_WITHIN;
    let offer = match connector.quote(request, Some(&chosen.quote.ticket), deadline).await {
        Ok(offer) => offer,
        Err(error) => return CurrentQuote::Unavailable(deferral_after(&error, connector.account())),
    };
    let is_same =
        |quote: &Quote| quote.service == chosen.quote.service && quote.billed_to == chosen.quote.billed_to;
    // A price of zero is a mistake of the carrier's, unless the chosen quote was free as well.
    let is_priced = |quote: &Quote| quote.cost.minor > 0 || chosen.quote.cost.minor == 0;
    let is_affordable = |quote: &Quote| {
        quote.cost.currency == chosen.limit.currency && quote.cost.minor <= chosen.limit.minor
    };
    let cheapest = offer
        .quotes
        .into_iter()
        .filter(|quote| is_same(quote) && is_priced(quote))
        .min_by_key(|quote| quote.cost.minor);
    match cheapest.filter(is_affordable) {
        Some(quote) => CurrentQuote::Valid(Box::new(ChosenQuote { quote, asked_at: now, ..chosen.clone() })),
        None => CurrentQuote::TooDear,
    }
}
