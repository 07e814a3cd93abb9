//! What people were told.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use domain::Timestamp;
use engine::{AnnounceError, Announced, Announcement, Announcer, Clock};

use crate::chaos::Plan;

/// Takes messages as a service would, and notes when each came.
#[derive(Default)]
pub struct Announcements {
    told: Mutex<Vec<(Timestamp, Announcement)>>,
}

impl Announcements {
    /// Everything that was told, in its order.
    pub fn told(&self) -> Vec<(Timestamp, Announcement)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The way to the service from a process under a plan.
pub struct Telling {
    /// The service.
    pub service: Arc<Announcements>,
    /// What goes wrong on the way.
    pub plan: Arc<Plan>,
    /// The clock of the test.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Announcer for Telling {
    async fn announce(&self, announcement: &Announcement) -> Result<Announced, AnnounceError> {
        let take = async {
            let mut told = self.service.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.push((self.clock.now(), announcement.clone()));
            Ok(Announced::Sent)
        };
        // An answer that is lost says nothing of the message.
        self.plan.run(take, || AnnounceError::Unknown { reason: "the test broke it".to_owned() }).await
    }
}
