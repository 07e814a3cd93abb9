//! The messages of an alarm: each is claimed, sent, and its outcome stored.

use backend::{Committed, Notification, NotifyError, NotifyOutcome};
use domain::Private;
use domain::alarm::{Alarm, DeliveryClaim, DeliveryOutcome, alarm_text};
use domain::recipient::Recipient;
use jiff::SignedDuration;
use workflow::{Change, StepError, error_chain, update_alarm};

use crate::DeadlineAlarm;
use crate::sweep::Sweep;

/// The least pause before a message is sent again that was refused for a reason which an operator has to mend.
const DENIED_PAUSE: SignedDuration = SignedDuration::from_secs(60);

impl DeadlineAlarm {
    /// Sends the messages of `alarm`, stored under `version`, that are due, and notes when it reaches nobody.
    pub(crate) async fn send_noted(
        &self,
        alarm: Alarm,
        version: u64,
        sweep: &Sweep,
    ) -> Result<(), StepError> {
        if let Some(alarm) = self.send_due(alarm, version, sweep).await? {
            sweep.watch.note(&alarm, self.clock.now());
        }
        Ok(())
    }

    /// Sends the messages of `alarm`, stored under `version`, that are due, as long as the sweep has time. Returns the alarm
    /// as it is then; `None` when somebody else has it.
    pub(crate) async fn send_due(
        &self,
        mut alarm: Alarm,
        mut version: u64,
        sweep: &Sweep,
    ) -> Result<Option<Alarm>, StepError> {
        let settings = self.settings.for_shop(&alarm.shop);
        loop {
            // Checked before the claim: what is not claimed is simply sent by the next sweep.
            if sweep.is_over() {
                return Ok(Some(alarm));
            }
            let Some(claim) = alarm.claim(self.clock.now()) else { return Ok(Some(alarm)) };
            // **Invariant:** claimed before it is sent, so that nobody else sends it.
            let Committed::Stored(_) = self.alarms.commit_alarm(&alarm, version).await? else {
                return Ok(None);
            };
            let outcome = match settings.recipients.iter().find(|known| known.id == claim.recipient) {
                Some(recipient) => self.send(&alarm, &claim, recipient, settings.list_url.as_deref()).await,
                None => DeliveryOutcome::Refused {
                    reason: "the recipient is no longer in the settings".to_owned(),
                },
            };
            let now = self.clock.now();
            let stored = update_alarm(&*self.alarms, &alarm.id, |alarm| {
                alarm.record_outcome(&claim.delivery, outcome.clone(), &settings.recipients, now);
                Change::Commit(())
            })
            .await?;
            let Some(stored) = stored else { return Ok(None) };
            (alarm, version) = (stored.value, stored.version);
        }
    }

    async fn send(
        &self,
        alarm: &Alarm,
        claim: &DeliveryClaim,
        recipient: &Recipient,
        list_url: Option<&str>,
    ) -> DeliveryOutcome {
        let Some(to) = recipient.address(claim.channel) else {
            return DeliveryOutcome::Refused {
                reason: "the recipient can't be reached over this channel".to_owned(),
            };
        };
        let words = alarm_text(alarm, claim.channel, recipient.language, &recipient.zone(), list_url);
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
                outcome_of(error)
            }
            Err(error) => {
                tracing::warn!(
                    delivery = %claim.delivery, channel = claim.channel.name(), error = error_chain(&error),
                    "alarm was not sent"
                );
                outcome_of(error)
            }
        }
    }
}

/// What an error of the service means for the message.
fn outcome_of(error: NotifyError) -> DeliveryOutcome {
    match error {
        NotifyError::Refused { reason } => DeliveryOutcome::Refused { reason },
        NotifyError::NotSent { reason, after } => {
            DeliveryOutcome::NotSent { reason, after: after.try_into().unwrap_or(SignedDuration::MAX) }
        }
        NotifyError::Denied { reason } => DeliveryOutcome::NotSent { reason, after: DENIED_PAUSE },
        NotifyError::Unknown { .. } => DeliveryOutcome::Unknown,
    }
}
