//! The carrier accounts of a shop.

use std::sync::Arc;
use std::time::Instant;

use domain::address::Address;
use domain::rates::{Quotes, SilentAccount};
use domain::retry::Retry;
use domain::{AccountId, Timestamp};
use futures_util::future::join_all;

use crate::{AddressCheck, CarrierError, Connector, Feature, ShipRequest};

/// The accounts from which a shop may buy labels. Cheap to clone.
#[derive(Clone)]
pub struct CarrierAccounts(Arc<[Arc<dyn Connector>]>);

/// A label or quote is of an account that the configuration does not have (any more).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the carrier account {0} is not configured")]
pub struct UnknownAccount(pub AccountId);

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
        let offers =
            |connector: &&Arc<dyn Connector>| connector.capabilities().offers(Feature::VerifyAddress);
        match self.0.iter().find(offers) {
            Some(checker) => checker.verify_address(address).await,
            None => Err(CarrierError::Unsupported(Feature::VerifyAddress)),
        }
    }

    /// Asks all accounts for rates at once. Who does not answer by `deadline` is left out and named as silent: the others'
    /// quotes need not wait for it. `asked_at` is the present.
    ///
    /// # Errors
    /// When no account answered with rates: what stops the first, preferring what passes by itself. An account that may
    /// answer later may still sell the label.
    pub async fn quotes(
        &self,
        request: &ShipRequest<'_>,
        asked_at: Timestamp,
        deadline: Instant,
    ) -> Result<Quotes, CarrierError> {
        let answers = join_all(self.0.iter().map(|connector| connector.quote(request, None, deadline))).await;
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
                    all.silent.push(SilentAccount { account, why: error.silence() });
                    errors.push(error);
                }
            }
        }
        if errors.is_empty() || errors.len() < self.0.len() {
            return Ok(all);
        }
        let passing = errors.iter().position(|error| error.retry() != Retry::Never);
        Err(errors.swap_remove(passing.unwrap_or_default()))
    }
}
