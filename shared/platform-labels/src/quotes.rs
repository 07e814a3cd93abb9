//! What TikTok offers for a parcel.

use carriers::{CarrierCall, CarrierError, Offer, ShipRequest};
use domain::rates::{CarrierMessage, Quote, Service, Ticket};
use domain::route::Route;
use domain::{CarrierAccountId, Currency, Money, QuoteId};
use tiktok::{ShippingService, carrier_named};

use crate::{PlatformLabels, errors};

impl PlatformLabels {
    /// The services that TikTok names, with its estimates. Where the carrier is assigned with the order there is one, without a
    /// price.
    pub(crate) async fn offer(&self, request: &ShipRequest<'_>) -> Result<Offer, CarrierError> {
        if self.route == Route::ShipPackage {
            return Ok(Offer { quotes: vec![self.assigned()], messages: Vec::new() });
        }
        let services = match self.tiktok.eligible_services(&self.access, request.part, request.parcel).await {
            Ok(services) => services,
            Err(error) if errors::is_no_service(&error) => Vec::new(),
            Err(error) => return Err(errors::of_call(CarrierCall::Quote, error)),
        };
        let mut offer = Offer::default();
        if services.is_empty() {
            let text = "TikTok has no service for this weight, size or address.".to_owned();
            offer.messages.push(CarrierMessage { carrier: Service::platform().to_string(), text });
        }
        for service in services {
            match service.price {
                Some(cost) => offer.quotes.push(self.quote_of(&service, cost)),
                None => offer.messages.push(CarrierMessage {
                    carrier: service.provider,
                    text: "TikTok gives no price that can be read.".to_owned(),
                }),
            }
        }
        Ok(offer)
    }

    fn quote_of(&self, service: &ShippingService, cost: Money) -> Quote {
        Quote {
            id: QuoteId::new(service.id.as_str()),
            service: named(service),
            account: self.account.clone(),
            billed_to: CarrierAccountId::platform(),
            ticket: Ticket::new(&service.id),
            cost,
            days: service.days,
            arrives_on: None,
            packaging: None,
        }
    }

    fn assigned(&self) -> Quote {
        Quote {
            id: QuoteId::new("assigned"),
            service: Service::platform(),
            account: self.account.clone(),
            billed_to: CarrierAccountId::platform(),
            ticket: Ticket::default(),
            cost: Money { minor: 0, currency: self.currency() },
            days: None,
            arrives_on: None,
            packaging: None,
        }
    }

    pub(crate) fn currency(&self) -> Currency {
        let code = self.access.market.facts().map_or("USD", |facts| facts.currency);
        Currency::parse(code).unwrap_or(Currency::USD)
    }
}

/// "UPS-first class" of UPS is its "first class".
pub(crate) fn named(service: &ShippingService) -> Service {
    let name = service.name.strip_prefix(&service.provider).unwrap_or(&service.name);
    Service::new(carrier_named(&service.provider), name)
}
