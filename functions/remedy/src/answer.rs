//! The seller answers a buyer who asks to cancel.

use domain::record::OrderRecord;
use domain::remedy::{self, RemedyKind};
use domain::{CancelId, OrderKey, Private};
use tiktok::{CancelStatus, Class, Error, RejectReason, ShopAccess};

use crate::RemedyStep;
use crate::outside::{Words, not_done};
use crate::report::RemedyFailed;

const APPROVED: &str = "The cancellation is approved; TikTok pays the buyer back.";
const REFUSED: &str = "The cancellation is refused; the order goes on.";

const WORDS: Words = Words {
    state: "the request is answered already, or withdrawn",
    content: "TikTok does not take this reason",
    lost: "it is not known whether TikTok took the answer: the same again is safe",
};

/// The seller's answer.
#[derive(Clone, Copy)]
enum Answer {
    Approve,
    Refuse,
}

impl RemedyStep {
    /// Grants the request. Nothing is bought or uploaded meanwhile.
    pub(crate) async fn approve(&self, key: &OrderKey) -> Result<String, RemedyFailed> {
        let record = self.load(key).await?;
        let access = ShopAccess::from(&self.shop(&key.shop).await?);
        let id = self.request_of(key, &access, &record).await?;
        let stopped = self.stop(key, RemedyKind::ApproveCancellation).await?;
        let sent =
            self.tiktok.approve_cancellation(&access, &id, &idempotency_key(&id, Answer::Approve)).await;
        let outcome = self.seen(key, &access, &id, Answer::Approve, sent).await;
        if let Err(RemedyFailed::Refused(_) | RemedyFailed::Failed(_)) = &outcome {
            self.go_on(key, stopped).await?;
        }
        self.tell(key, RemedyKind::ApproveCancellation, "Approved.", outcome.is_ok()).await;
        outcome.map(|()| APPROVED.to_owned())
    }

    /// Refuses the request. In a market where shipping rejects it, TikTok takes no other refusal: the order is shipped.
    pub(crate) async fn refuse(
        &self,
        key: &OrderKey,
        reason: Option<&str>,
        comment: Option<&Private<String>>,
    ) -> Result<String, RemedyFailed> {
        let record = self.load(key).await?;
        if record.order.market.shipping_rejects_cancellation() {
            self.decide(key, remedy::refuse_cancellation).await?;
            return Ok("It is shipped all the same, which refuses the request.".to_owned());
        }
        let access = ShopAccess::from(&self.shop(&key.shop).await?);
        let id = self.request_of(key, &access, &record).await?;
        let offered =
            self.tiktok.reject_reasons(&access, &id).await.map_err(|error| not_done(&error, &WORDS))?;
        let reason = choose(&offered, reason)?;
        let idempotency_key = idempotency_key(&id, Answer::Refuse);
        let comment = comment.map(|comment| comment.expose().as_str());
        let sent =
            self.tiktok.reject_cancellation(&access, &id, &idempotency_key, &reason.name, comment).await;
        let outcome = self.seen(key, &access, &id, Answer::Refuse, sent).await;
        self.tell(key, RemedyKind::RefuseCancellation, "Refused.", outcome.is_ok()).await;
        outcome.map(|()| REFUSED.to_owned())
    }

    /// The request that waits for an answer: the one that is stored, else the one that TikTok lists.
    async fn request_of(
        &self,
        key: &OrderKey,
        access: &ShopAccess,
        record: &OrderRecord,
    ) -> Result<CancelId, RemedyFailed> {
        if let Some(request) = record.cancellation.as_ref().filter(|_| record.order.cancel_requested) {
            return Ok(request.id.clone());
        }
        let listed =
            self.cancellations(access, &key.order).await.map_err(|error| not_done(&error, &WORDS))?;
        let pending = listed.into_iter().rev().find(|found| found.status == CancelStatus::Pending);
        pending
            .map(|found| found.id)
            .ok_or_else(|| RemedyFailed::from(remedy::RemedyRefused::NothingToAnswer))
    }

    /// What came of an answer that was sent: where TikTok's is lost, what it lists decides.
    async fn seen(
        &self,
        key: &OrderKey,
        access: &ShopAccess,
        id: &CancelId,
        answer: Answer,
        sent: Result<(), Error>,
    ) -> Result<(), RemedyFailed> {
        let Err(error) = sent else { return Ok(()) };
        if !matches!(error.class(), Class::RereadFirst | Class::AlreadyDone) {
            return Err(not_done(&error, &WORDS));
        }
        let listed = self.cancellations(access, &key.order).await.unwrap_or_default();
        match (listed.into_iter().find(|found| found.id == *id).map(|found| found.status), answer) {
            (Some(CancelStatus::Success | CancelStatus::Complete), Answer::Approve)
            | (Some(CancelStatus::Cancelled), Answer::Refuse) => Ok(()),
            (Some(CancelStatus::Success | CancelStatus::Complete), Answer::Refuse)
            | (Some(CancelStatus::Cancelled), Answer::Approve) => Err(RemedyFailed::refused(WORDS.state)),
            (Some(CancelStatus::Pending | CancelStatus::Unknown(_)) | None, _) => {
                Err(not_done(&error, &WORDS))
            }
        }
    }

    async fn tell(&self, key: &OrderKey, name: RemedyKind, what: &str, done: bool) {
        let what = if done { what } else { "An answer to the buyer's request did not come to its end." };
        self.note(key, name, what).await;
        self.read_back_later(key).await;
    }
}

/// The same answer to the same request has the same key, whoever gives it and how often: TikTok does it once.
fn idempotency_key(id: &CancelId, answer: Answer) -> String {
    let answer = match answer {
        Answer::Approve => "approve",
        Answer::Refuse => "refuse",
    };
    format!("punctual-{id}-{answer}")
}

/// The reason of this name or in these words; without one it has to be the only one.
fn choose<'a>(offered: &'a [RejectReason], wanted: Option<&str>) -> Result<&'a RejectReason, RemedyFailed> {
    let found = match (wanted, offered) {
        (Some(wanted), _) => {
            offered.iter().find(|reason| reason.name == wanted || reason.text.eq_ignore_ascii_case(wanted))
        }
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = offered.iter().map(|reason| reason.name.as_str()).collect();
        RemedyFailed::Refused(format!("it needs a reason of TikTok's: {}", names.join(", ")))
    })
}
