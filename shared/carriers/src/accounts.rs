//! The carrier accounts of a shop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::address::Address;
use domain::rates::{Quotes, SilentAccount};
use domain::retry::Retry;
use domain::{AccountId, Timestamp};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::timeout_at;

use crate::{AddressCheck, CarrierCall, CarrierError, Connector, Feature, Offer, ShipRequest};

/// How long the others may still take when the first account has answered: more than the slowest answer that was recorded, of
/// an aggregator (4 s), and far less than an account that is down would cost every order.
const QUOTES_GRACE: Duration = Duration::from_secs(5);

/// The accounts from which a shop may buy labels. Cheap to clone.
#[derive(Clone)]
pub struct CarrierAccounts(Arc<[Arc<dyn Connector>]>);

/// A label or quote is of an account that the configuration does not have (any more).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the carrier account {0} is not configured")]
pub struct UnknownAccount(pub AccountId);

/// No account gave rates.
#[derive(Debug, thiserror::Error)]
#[error("{account} gave no rates")]
pub struct NoQuotes {
    /// The account whose answer tells the most.
    pub account: AccountId,
    #[source]
    pub error: CarrierError,
}

impl CarrierAccounts {
    pub fn new(connectors: impl IntoIterator<Item = Arc<dyn Connector>>) -> Self {
        Self(connectors.into_iter().collect())
    }

    /// The account that sold a label, or that is to sell one.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn get(&self, account: &AccountId) -> Result<Arc<dyn Connector>, UnknownAccount> {
        let found = self.0.iter().find(|connector| connector.account() == account);
        found.cloned().ok_or_else(|| UnknownAccount(account.clone()))
    }

    /// These accounts and one more.
    #[must_use]
    pub fn with(&self, connector: Arc<dyn Connector>) -> Self {
        Self(self.0.iter().cloned().chain([connector]).collect())
    }

    /// Has an address verified by the first account that does so.
    ///
    /// # Errors
    /// When there is no verdict.
    pub async fn verify_address(&self, address: &Address) -> Result<AddressCheck, CarrierError> {
        match self.checker() {
            Some(checker) => checker.verify_address(address).await,
            None => Err(CarrierError::Unsupported(Feature::VerifyAddress)),
        }
    }

    /// The account that verifies addresses.
    pub fn address_checker(&self) -> Option<&AccountId> {
        self.checker().map(|checker| checker.account())
    }

    fn checker(&self) -> Option<&Arc<dyn Connector>> {
        self.0.iter().find(|connector| connector.capabilities().offers(Feature::VerifyAddress))
    }

    /// Asks all accounts for rates at once. Who does not answer by `deadline`, or soon after the first account that did, is left
    /// out and named as silent: the others' quotes need not wait for it. `asked_at` is the present.
    ///
    /// # Errors
    /// When no account answered with rates: what stops the first, preferring what passes by itself. An account that may
    /// answer later may still sell the label.
    pub async fn quotes(
        &self,
        request: &ShipRequest<'_>,
        asked_at: Timestamp,
        deadline: Instant,
    ) -> Result<Quotes, NoQuotes> {
        let answers = self.answers(request, deadline).await;
        let mut all = Quotes { quotes: Vec::new(), messages: Vec::new(), silent: Vec::new(), asked_at };
        let mut errors = Vec::new();
        for (connector, answer) in self.0.iter().zip(answers) {
            match answer {
                Ok(offer) => {
                    all.quotes.extend(offer.quotes);
                    all.messages.extend(offer.messages);
                }
                Err(error) => {
                    let account = connector.account().clone();
                    tracing::warn!(account = %account, error = %error, "account returned no rates");
                    all.silent.push(SilentAccount { account: account.clone(), why: error.silence() });
                    errors.push(NoQuotes { account, error });
                }
            }
        }
        if errors.is_empty() || errors.len() < self.0.len() {
            return Ok(all);
        }
        let passing = (0..errors.len()).min_by_key(|index| passes_after(errors[*index].error.retry()));
        Err(errors.swap_remove(passing.unwrap_or_default()))
    }

    /// What each account answers, in their order.
    async fn answers(
        &self,
        request: &ShipRequest<'_>,
        deadline: Instant,
    ) -> Vec<Result<Offer, CarrierError>> {
        let ask = async |(index, connector): (usize, &Arc<dyn Connector>)| {
            (index, connector.quote(request, None, deadline).await)
        };
        let mut asked: FuturesUnordered<_> = self.0.iter().enumerate().map(ask).collect();
        let late = || Err(CarrierError::Late(CarrierCall::Quote));
        let mut answers: Vec<_> = self.0.iter().map(|_| late()).collect();
        // Each of them keeps the deadline by itself.
        let mut until = None;
        loop {
            let next = async {
                match until {
                    Some(until) => timeout_at(until, asked.next()).await.unwrap_or_default(),
                    None => asked.next().await,
                }
            };
            let Some((index, answer)) = next.await else { return answers };
            if answer.is_ok() && until.is_none() {
                until = Some(tokio::time::Instant::now() + QUOTES_GRACE);
            }
            answers[index] = answer;
        }
    }
}

/// Sorts what may pass by how soon it does, before what never will.
fn passes_after(retry: Retry) -> (u8, Duration) {
    match retry {
        Retry::Paused(after) | Retry::After(after) => (0, after),
        Retry::Reconcile => (1, Duration::ZERO),
        Retry::Never => (2, Duration::ZERO),
    }
}
