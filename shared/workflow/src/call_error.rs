//! A failed call to TikTok: what it says of the shop, and how the work that needed the call continues.

use std::time::Duration;

use backend::{BackendError, ShopStore};
use domain::Timestamp;
use domain::shop::{Authorization, Shop};
use tiktok::Class;

use crate::change::Change;
use crate::defer::Deferral;
use crate::error::{StepError, error_chain};
use crate::update::update_shop;

/// A call to TikTok failed, or the step around it.
///
/// It is not a [`StepError`] on purpose: whoever handles a message has to say what becomes of a failed call (wait, give up,
/// tell people), and the compiler asks for that.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error(transparent)]
    TikTok(#[from] tiktok::Error),
    #[error(transparent)]
    Step(#[from] StepError),
    /// It was cancelled so that other shops need not wait.
    #[error("it took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl From<BackendError> for CallError {
    fn from(error: BackendError) -> Self {
        Self::Step(error.into())
    }
}

/// How far a failure of a call reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureScope {
    /// This call. Others may succeed.
    Call,
    /// Every call for this shop, until its seller connects it again. A missing scope counts: only a new consent grants it.
    /// A function that can do without an optional scope handles [`Class::MissingScope`] before it asks.
    Shop,
    /// Every call of the app, until a person mends its credentials or its access.
    App,
}

impl FailureScope {
    /// The one policy for lost authorization: every function asks here.
    pub fn of(error: &tiktok::Error) -> Self {
        match error.class() {
            Class::Reauthorize | Class::MissingScope => Self::Shop,
            Class::AppRefused => Self::App,
            Class::Retry
            | Class::Throttled { .. }
            | Class::RereadFirst
            | Class::AlreadyDone
            | Class::OrderState
            | Class::ContentRefused
            | Class::TrackingRefused
            | Class::Bug
            | Class::Unknown => Self::Call,
        }
    }
}

/// Records at the shop what a failed call says of all its calls, and returns how the work that needed the call waits.
///
/// # Errors
/// When the backend fails.
pub async fn record_call_failure(
    shops: &dyn ShopStore,
    shop: &Shop,
    error: &tiktok::Error,
    now: Timestamp,
) -> Result<Deferral, StepError> {
    match FailureScope::of(error) {
        FailureScope::Call => {}
        FailureScope::Shop => mark_unauthorized(shops, shop, error.missing_right(), now).await?,
        FailureScope::App => {
            let why = error_chain(error);
            update_shop(shops, &shop.id, |stored| Ok(Change::commit_if(stored.app_refused(&why, now))))
                .await?;
        }
    }
    Ok(Deferral::after_call(error))
}

/// Marks the shop as unauthorized after a call that was made for `used` failed. A shop that was connected again since
/// stands: TikTok refused the tokens from before.
async fn mark_unauthorized(
    shops: &dyn ShopStore,
    used: &Shop,
    missing_right: Option<&str>,
    now: Timestamp,
) -> Result<(), StepError> {
    update_shop(shops, &used.id, |stored| {
        if stored.authorization != Authorization::Granted || !is_same_connection(stored, used) {
            return Ok(Change::Keep(()));
        }
        tracing::error!(shop = %stored.id, "shop has to be connected again");
        stored.mark_unauthorized(missing_right, now);
        Ok(Change::Commit(()))
    })
    .await
}

/// Every connection reads the warehouses, so their time tells two connections apart.
fn is_same_connection(one: &Shop, other: &Shop) -> bool {
    one.account == other.account && one.warehouses_read_at == other.warehouses_read_at
}
