//! What an account does not offer is denied without a call.

use std::time::Instant;

use async_trait::async_trait;
use carriers::{
    BuyError, Capabilities, CarrierCode, CarrierError, Certainty, Connector, Feature, Found, LabelRef, Offer,
    PurchaseOrder, Rejection, ShipRequest, Sold,
};
use conformance::{SimulatedAccount, TestParcel};
use domain::rates::Ticket;
use domain::{AccountId, CarrierText, LabelHandle, TrackingNumber};
use jiff::SignedDuration;
use std::time::Duration;

conformance::on_every_connector!(what_is_not_offered_is_unsupported_without_a_call);

async fn ask(connector: &dyn Connector, feature: Feature) -> Result<(), CarrierError> {
    let (handle, tracking) = (LabelHandle::new("1"), TrackingNumber::new("1"));
    let label = LabelRef { handle: &handle, tracking: &tracking };
    match feature {
        Feature::VerifyAddress => connector.verify_address(&TestParcel::new().to).await.map(drop),
        Feature::IssueLater => connector.issued(&handle).await.map(drop),
        Feature::Void => connector.void(&label).await.map(drop),
        Feature::Refund => connector.refund(&label).await.map(drop),
        Feature::LabelFile => connector.label_file(&label, None).await.map(drop),
        Feature::HazmatSheet => connector.hazmat_sheet(&label).await.map(drop),
        Feature::Track => connector.track(&[label]).await.map(drop),
    }
}

async fn what_is_not_offered_is_unsupported_without_a_call(account: &impl SimulatedAccount) {
    for feature in Feature::ALL {
        let (connector, before) = (account.connector(), account.requests());
        let outcome = ask(&*connector, feature).await;
        if connector.capabilities().offers(feature) {
            assert!(account.requests() > before, "{feature} is offered, and nothing was asked");
        } else {
            assert!(matches!(outcome, Err(CarrierError::Unsupported(of)) if of == feature), "{outcome:?}");
            assert_eq!(account.requests(), before, "{feature} is not offered");
        }
    }
}

/// A connector that does no more than it must.
struct Bare {
    account: AccountId,
    capabilities: Capabilities,
}

#[async_trait]
impl Connector for Bare {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn quote(
        &self,
        _request: &ShipRequest<'_>,
        _again: Option<&Ticket>,
        _deadline: Instant,
    ) -> Result<Offer, CarrierError> {
        Ok(Offer::default())
    }

    async fn buy(&self, _order: &PurchaseOrder<'_>) -> Result<Sold, BuyError> {
        let (code, text) = (CarrierCode::none(), CarrierText::default());
        Err(BuyError::Rejected { reason: Rejection::Request, code, text })
    }
}

#[tokio::test]
async fn a_connector_offers_nothing_by_default() {
    let bare = Bare {
        account: AccountId::default_of("bare"),
        capabilities: Capabilities {
            features: &[],
            quote_ttl: SignedDuration::from_mins(10),
            buy_timeout: Duration::from_secs(60),
            settle: Duration::from_secs(65),
            refund_overdue_days: &[],
        },
    };
    for feature in Feature::ALL {
        let outcome = ask(&bare, feature).await;
        assert!(matches!(outcome, Err(CarrierError::Unsupported(of)) if of == feature), "{outcome:?}");
    }
    let account = conformance::EasyPostAccount::start().await;
    let purchase = TestParcel::new().purchase(&*account.connector()).await;
    let found = bare.find_purchase(&purchase, &conformance::part()).await.unwrap();
    assert_eq!(found, Found::Nothing(Certainty::Weak), "who can't look proves nothing");
}
