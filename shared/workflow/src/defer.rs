//! A shipment that something outside holds up is deferred: the failure is recorded, people hear of it when it lasts, and
//! the message comes again later. A shipment that only waits for its turn is not failing: its message waits, and its timer
//! with it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use backend::{OrderStore, Queues};
use domain::AccountId;
use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentRef};
use domain::retry::Retry;
use domain::shop::ShopClosed;
use system::{Clock, Random};

use crate::call_error::FailureScope;
use crate::change::Change;
use crate::error::{Pause, StepError, error_chain};
use crate::update::update_order;

/// How often a shipment checks whether its shop is open again: the longest delay that SQS offers.
const CLOSED_PAUSE: Duration = Duration::from_secs(15 * 60);

/// The least pause of a shipment whose shop has to be connected again. It is short because the seller may do that at any
/// moment, and the order's deadline runs.
const UNAUTHORIZED_PAUSE: Duration = Duration::from_secs(60);

/// The least pause of a shipment whose carrier account can't be used before a person has mended it.
const ACCOUNT_PAUSE: Duration = Duration::from_secs(60);

/// Why a shipment is deferred.
#[derive(Clone, Debug)]
pub enum Deferral {
    Failed {
        /// What failed, without personal data.
        what: String,
        pause_min: Duration,
        /// The exception to open at once. Without one, an exception opens when the failure lasts.
        exception: Option<ExceptionKind>,
    },
    /// It is not this shipment's turn: the service it needs accepts no more calls for now.
    Paused(Pause),
}

impl Deferral {
    /// A fault that may pass by itself, or a pause, as the error's `retry` says.
    pub fn passing(what: impl Into<String>, retry: Retry) -> Self {
        let pause_min = match retry {
            Retry::Paused(after) => return Self::Paused(Pause { after, account: None }),
            Retry::After(pause) => pause,
            Retry::Never | Retry::Reconcile => Duration::ZERO,
        };
        Self::Failed { what: what.into(), pause_min, exception: None }
    }

    /// The same, by this account: only what needs it waits for its pauses.
    #[must_use]
    pub fn of(self, account: &AccountId) -> Self {
        match self {
            Self::Paused(Pause { after, .. }) => {
                Self::Paused(Pause { after, account: Some(account.clone()) })
            }
            failed @ Self::Failed { .. } => failed,
        }
    }

    /// A fault that people hear of at once.
    pub fn notifying(what: impl Into<String>, pause_min: Duration, exception: ExceptionKind) -> Self {
        Self::Failed { what: what.into(), pause_min, exception: Some(exception) }
    }

    /// The shop is closed: its shipments wait until it is opened again.
    pub fn closed(closed: ShopClosed) -> Self {
        Self::notifying(closed.why, CLOSED_PAUSE, closed.exception)
    }

    /// The carrier account that sold the shipment's label, or is to sell it, is not configured.
    pub fn unknown_account(error: &dyn Error) -> Self {
        Self::notifying(error_chain(error), ACCOUNT_PAUSE, ExceptionKind::ServiceUnavailable)
    }

    /// The carrier account does not accept its key, or has no funds. Every shipment meets this, so that blocking each of them
    /// helps nobody: they go on by themselves once the account is in order again.
    pub fn account_refused(error: &dyn Error) -> Self {
        Self::notifying(error_chain(error), ACCOUNT_PAUSE, ExceptionKind::ServiceUnavailable)
    }

    /// A call to TikTok failed that the shipment needs.
    pub fn after_call(error: &tiktok::Error) -> Self {
        match FailureScope::of(error) {
            FailureScope::Shop => {
                let what = match error.missing_right() {
                    Some(right) => format!("TikTok does not let Punctual {right}: {}", error_chain(error)),
                    None => error_chain(error),
                };
                Self::notifying(what, UNAUTHORIZED_PAUSE, ExceptionKind::ShopUnauthorized)
            }
            FailureScope::Call | FailureScope::App => {
                Self::passing(error_chain(error), error.retry()).of(&AccountId::platform())
            }
        }
    }
}

/// Defers shipments: records why, and sends their messages again later.
pub struct Deferrer {
    orders: Arc<dyn OrderStore>,
    queues: Arc<dyn Queues>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Deferrer {
    pub fn new(
        orders: Arc<dyn OrderStore>,
        queues: Arc<dyn Queues>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { orders, queues, clock, random }
    }

    /// Records the failure at the shipment and has `again` sent after a pause that grows with every attempt.
    ///
    /// # Errors
    /// [`StepError::Paused`] for a shipment that only waits for its turn, so that its message keeps its place; else when
    /// the backend fails.
    pub async fn defer(
        &self,
        target: &ShipmentRef,
        again: Message,
        deferral: Deferral,
    ) -> Result<(), StepError> {
        let (what, pause_min, exception) = match deferral {
            Deferral::Failed { what, pause_min, exception } => (what, pause_min, exception),
            Deferral::Paused(pause) => {
                self.await_turn(target, pause.after).await?;
                return Err(StepError::Paused(pause));
            }
        };
        let now = self.clock.now();
        let random = self.random.number();
        let deferred = update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else { return Ok(Change::Keep(None)) };
            let pause = shipment.record_failure(what.clone(), pause_min, random, now);
            let stage = shipment.stage.name();
            let lasting = shipment.is_failing_too_long(now).then_some(ExceptionKind::ServiceUnavailable);
            if let Some(kind) = exception.or(lasting) {
                record.open_exception(kind, Some(&target.shipment), what.clone(), now);
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(Some((pause, stage))))
        })
        .await?;
        // The shipment is gone, and with it whatever the message was for.
        let Some((pause, stage)) = deferred else { return Ok(()) };
        tracing::warn!(
            order = %target.key,
            shipment = %target.shipment,
            stage,
            pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            error = what,
            "shipment is deferred",
        );
        self.queues.send(&again, pause).await?;
        Ok(())
    }

    /// Has the shipment's timer wait for as long as its message does, so that it does not take the message for lost. A pause
    /// that is over before the timer fires costs no commit.
    ///
    /// # Errors
    /// When the backend fails.
    pub async fn await_turn(&self, target: &ShipmentRef, pause: Duration) -> Result<(), StepError> {
        let now = self.clock.now();
        update_order(&*self.orders, &target.key, |record| {
            let waits = record.shipment_mut(&target.shipment).is_some_and(|s| s.await_turn(pause, now));
            Ok(if waits { Change::Commit(()) } else { Change::Keep(()) })
        })
        .await
    }
}
