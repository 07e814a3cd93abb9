//! What people were told.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use backend::{Notification, Notifier, NotifyError, NotifyOutcome};
use domain::Timestamp;
use system::Clock;

use crate::chaos::Plan;

/// Takes messages as a service would, and notes when each came.
#[derive(Default)]
pub struct Notifications {
    told: Mutex<Vec<(Timestamp, Notification)>>,
}

impl Notifications {
    /// Everything that was told, in its order.
    pub fn told(&self) -> Vec<(Timestamp, Notification)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The way to the service from a process under a plan.
pub struct Telling {
    /// The service.
    pub service: Arc<Notifications>,
    /// What goes wrong on the way.
    pub plan: Arc<Plan>,
    /// The clock of the test.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Notifier for Telling {
    async fn notify(&self, notification: &Notification) -> Result<NotifyOutcome, NotifyError> {
        let take = async {
            let mut told = self.service.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.push((self.clock.now(), notification.clone()));
            Ok(NotifyOutcome::Sent)
        };
        // An answer that is lost says nothing of the message.
        self.plan.run(take, || NotifyError::Unknown { reason: "the test broke it".to_owned() }).await
    }
}
