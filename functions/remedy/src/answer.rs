//! The seller answers a buyer who asks to cancel.

use domain::record::OrderRecord;
use domain::remedy::{self, RemedyKind};
use domain::{CancelId, OrderKey, Private};
use tiktok::{CancelStatus, CancellationRejection, Class, Error, RejectReason, ShopAccess};

use crate::RemedyStep;
use crate::outside::{FailureTexts, failure};
use crate::report::RemedyFailed;

const APPROVED: &str = "The cancellation is approved; TikTok refunds the buyer.";
const REFUSED: &str = "The cancellation is refused; the order ships.";

const TEXTS: FailureTexts = FailureTexts {
    state: "the request has already been answered, or was withdrawn",
    content: "TikTok does not accept this reason",
    lost: "it is unknown whether TikTok received the answer: sending the same answer again is safe",
};

#[derive(Clone, Copy)]
enum SellerAnswer {
    Approve,
    Refuse,
}

impl RemedyStep {
    /// Approves the request. Nothing is bought or uploaded meanwhile.
    pub(crate) async fn approve(&self, key: &OrderKey) -> Result<String, RemedyFailed> {
        let record = self.load(key).await?;
        let access = ShopAccess::from(&self.shop(&key.shop).await?);
        let id = self.request_of(key, &access, &record).await?;
        let held = self.hold_for_cancellation(key, RemedyKind::ApproveCancellation).await?;
        let sent = self
            .tiktok
            .approve_cancellation(&access, &id, &idempotency_key(&id, SellerAnswer::Approve))
            .await;
        let outcome = self.outcome(key, &access, &id, SellerAnswer::Approve, sent).await;
        if let Err(RemedyFailed::Refused(_) | RemedyFailed::Failed(_)) = &outcome {
            self.undo_hold(key, held).await?;
        }
        self.finish(key, SellerAnswer::Approve, &outcome).await;
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
            return Ok("It ships, which refuses the request.".to_owned());
        }
        let access = ShopAccess::from(&self.shop(&key.shop).await?);
        let id = self.request_of(key, &access, &record).await?;
        let offered =
            self.tiktok.reject_reasons(&access, &id).await.map_err(|error| failure(&error, &TEXTS))?;
        let reason = choose(&offered, reason)?;
        let idempotency_key = idempotency_key(&id, SellerAnswer::Refuse);
        let rejection = CancellationRejection {
            idempotency_key: &idempotency_key,
            reason: &reason.name,
            comment: comment.map(|comment| comment.expose().as_str()),
        };
        let sent = self.tiktok.reject_cancellation(&access, &id, rejection).await;
        let outcome = self.outcome(key, &access, &id, SellerAnswer::Refuse, sent).await;
        self.finish(key, SellerAnswer::Refuse, &outcome).await;
        outcome.map(|()| REFUSED.to_owned())
    }

    /// The request that waits for an answer: the stored one, or else the one that TikTok lists.
    async fn request_of(
        &self,
        key: &OrderKey,
        access: &ShopAccess,
        record: &OrderRecord,
    ) -> Result<CancelId, RemedyFailed> {
        if let Some(request) = record.cancellation.as_ref().filter(|_| record.order.cancel_requested) {
            return Ok(request.id.clone());
        }
        let listed = self.cancellations(access, &key.order).await.map_err(|error| failure(&error, &TEXTS))?;
        let pending = listed.into_iter().rev().find(|found| found.status == CancelStatus::Pending);
        pending
            .map(|found| found.id)
            .ok_or_else(|| RemedyFailed::from(remedy::RemedyRefused::NothingToAnswer))
    }

    /// The outcome of an answer that was sent. Where TikTok's reply is lost, what it lists decides.
    async fn outcome(
        &self,
        key: &OrderKey,
        access: &ShopAccess,
        id: &CancelId,
        answer: SellerAnswer,
        sent: Result<(), Error>,
    ) -> Result<(), RemedyFailed> {
        let Err(error) = sent else { return Ok(()) };
        if !matches!(error.class(), Class::RereadFirst | Class::AlreadyDone) {
            return Err(failure(&error, &TEXTS));
        }
        let listed = self.cancellations(access, &key.order).await.unwrap_or_default();
        match (listed.into_iter().find(|found| found.id == *id).map(|found| found.status), answer) {
            (Some(CancelStatus::Success | CancelStatus::Complete), SellerAnswer::Approve)
            | (Some(CancelStatus::Cancelled), SellerAnswer::Refuse) => Ok(()),
            (Some(CancelStatus::Success | CancelStatus::Complete), SellerAnswer::Refuse)
            | (Some(CancelStatus::Cancelled), SellerAnswer::Approve) => {
                Err(RemedyFailed::refused(TEXTS.state))
            }
            (Some(CancelStatus::Pending | CancelStatus::Unknown(_)) | None, _) => {
                Err(failure(&error, &TEXTS))
            }
        }
    }

    /// Notes what became of an answer, and has the order read back.
    async fn finish(&self, key: &OrderKey, answer: SellerAnswer, outcome: &Result<(), RemedyFailed>) {
        let (name, done) = match answer {
            SellerAnswer::Approve => (RemedyKind::ApproveCancellation, "Approved."),
            SellerAnswer::Refuse => (RemedyKind::RefuseCancellation, "Refused."),
        };
        let what =
            if outcome.is_ok() { done } else { "The answer to the buyer's request was not completed." };
        self.note(key, name, what).await;
        self.read_back_later(key).await;
    }
}

/// The same answer to the same request has the same key, whoever gives it and however often: TikTok executes it once.
fn idempotency_key(id: &CancelId, answer: SellerAnswer) -> String {
    let answer = match answer {
        SellerAnswer::Approve => "approve",
        SellerAnswer::Refuse => "refuse",
    };
    format!("punctual-{id}-{answer}")
}

/// The offered reason with this name or text. Without a choice it has to be the only one.
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
        RemedyFailed::Refused(format!("it needs one of TikTok's reasons: {}", names.join(", ")))
    })
}
