//! An alarm is told: each message is claimed, sent, and its answer noted.

use backend::{Committed, Notification, NotifyError, NotifyOutcome};
use domain::Private;
use domain::alarm::{Alarm, DeliveryClaim, DeliveryOutcome, alarm_text};
use domain::recipient::Recipient;
use workflow::{StepError, error_chain, update_alarm};

use crate::DeadlineAlarm;

/// The shortest pause for what an operator has to mend.
const MENDED_AFTER: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

impl DeadlineAlarm {
    /// Sends the messages of `alarm` that are due, stored under `version`. Returns the alarm as it is then; `None` when
    /// somebody else has it.
    pub(crate) async fn tell(&self, mut alarm: Alarm, mut version: u64) -> Result<Option<Alarm>, StepError> {
        let settings = self.settings.for_shop(&alarm.shop);
        loop {
            let Some(claim) = alarm.claim(self.clock.now()) else { return Ok(Some(alarm)) };
            // **Invariant:** claimed before it is sent, so that nobody sends it again.
            let Committed::Stored(_) = self.alarms.commit_alarm(&alarm, version).await? else {
                return Ok(None);
            };
            let told = match settings.recipients.iter().find(|recipient| recipient.id == claim.recipient) {
                Some(recipient) => self.send(&alarm, &claim, recipient, settings.list_url.as_deref()).await,
                None => DeliveryOutcome::Refused {
                    reason: "the recipient is no longer in the settings".to_owned(),
                },
            };
            let now = self.clock.now();
            let answered = update_alarm(&*self.alarms, &alarm.id, |alarm| {
                alarm.record_outcome(&claim.delivery, told.clone(), &settings.recipients, now);
                true
            })
            .await?;
            let Some(stored) = answered else { return Ok(None) };
            (alarm, version) = (stored.value, stored.version);
        }
    }

    async fn send(
        &self,
        alarm: &Alarm,
        claim: &DeliveryClaim,
        recipient: &Recipient,
        list: Option<&str>,
    ) -> DeliveryOutcome {
        let Some(to) = recipient.address(claim.channel) else {
            return DeliveryOutcome::Refused {
                reason: "the recipient is not reached over this channel".to_owned(),
            };
        };
        let words = alarm_text(alarm, claim.channel, recipient.language, &recipient.zone(), list);
        let notification = Notification {
            delivery: claim.delivery.clone(),
            alarm: alarm.id.clone(),
            shop: alarm.shop.clone(),
            kind: alarm.kind.name().to_owned(),
            channel: claim.channel,
            recipient: recipient.id.clone(),
            language: recipient.language,
            to: to.clone(),
            subject: words.subject,
            text: Private::new(words.text),
        };
        match self.notifier.notify(&notification).await {
            Ok(NotifyOutcome::Sent) => DeliveryOutcome::Sent,
            Ok(NotifyOutcome::Queued) => DeliveryOutcome::Queued,
            Err(error @ NotifyError::Denied { .. }) => {
                tracing::error!(
                    undelivered = true, delivery = %claim.delivery, channel = claim.channel.name(),
                    error = error_chain(&error), "alarms can't be sent"
                );
                told_of(error)
            }
            Err(error) => {
                tracing::warn!(
                    delivery = %claim.delivery, channel = claim.channel.name(), error = error_chain(&error),
                    "alarm is not told"
                );
                told_of(error)
            }
        }
    }
}

/// What an error of a service says of the message.
fn told_of(error: NotifyError) -> DeliveryOutcome {
    match error {
        NotifyError::Refused { reason } => DeliveryOutcome::Refused { reason },
        NotifyError::NotSent { reason, after } => {
            DeliveryOutcome::NotSent { reason, after: after.try_into().unwrap_or(jiff::SignedDuration::MAX) }
        }
        NotifyError::Denied { reason } => DeliveryOutcome::NotSent { reason, after: MENDED_AFTER },
        NotifyError::Unknown { .. } => DeliveryOutcome::Unknown,
    }
}
