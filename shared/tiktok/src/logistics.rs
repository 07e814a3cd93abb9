//! Warehouses and shipping providers.

use domain::shop::Warehouse;
use domain::{DeliveryOptionId, ProviderId, Timestamp};

use crate::access::ShopAccess;
use crate::call::{ApiCall, CallName};
use crate::client::TikTok;
use crate::convert::warehouse::warehouse;
use crate::error::{Argument, Error};
use crate::providers::ShippingProvider;
use crate::{paths, wire};

impl TikTok {
    /// The warehouses from which the shop sends (Get Warehouse List).
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn warehouses(&self, shop: &ShopAccess) -> Result<Vec<Warehouse>, Error> {
        let call = ApiCall::get(CallName::WAREHOUSES, paths::WAREHOUSES);
        let answer: wire::logistics::Warehouses = self.shop_call(shop, call).await?;
        Ok(answer.warehouses.into_iter().filter_map(warehouse).collect())
    }

    /// The providers that may ship a delivery option (Get Shipping Providers), cached for some hours: TikTok's ids differ by
    /// market and must not be built in. What was read before `since` is read again, as a person may have changed it.
    ///
    /// # Errors
    /// As every call: see [`Error`]. An option that TikTok ships itself has no providers and is refused
    /// ([`crate::Class::OrderState`]).
    pub async fn shipping_providers(
        &self,
        shop: &ShopAccess,
        option: &DeliveryOptionId,
        since: Option<Timestamp>,
    ) -> Result<Vec<ShippingProvider>, Error> {
        let name = CallName::SHIPPING_PROVIDERS;
        if !paths::is_id(option.as_str()) {
            return Err(Error::Unacceptable { call: name, argument: Argument::DeliveryOptionId });
        }
        if let Some(known) = self.providers.get(&shop.shop, option, since, self.now()) {
            return Ok(known);
        }
        let call = ApiCall::get(name, paths::shipping_providers(option));
        let answer: wire::logistics::Providers = self.shop_call(shop, call).await?;
        let providers: Vec<_> = answer
            .shipping_providers
            .into_iter()
            .filter(|provider| !provider.id.is_empty())
            .map(|provider| ShippingProvider { id: ProviderId::new(provider.id), name: provider.name })
            .collect();
        self.providers.put(&shop.shop, option, self.now(), &providers);
        Ok(providers)
    }
}
