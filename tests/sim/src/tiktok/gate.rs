//! What every signed call is checked for before anything else.

use super::ShopSpec;
use super::core::Core;
use super::reply::ApiError;
use super::route::Endpoint;
use super::sign;
use super::tokens::Grant;
use crate::clock;
use crate::lock::locked;
use crate::net::Request;

/// "[now - 5 min, now + 30 s]", in seconds.
const TIMESTAMP_AGE_MAX_SECONDS: i64 = 300;
const TIMESTAMP_AHEAD_MAX_SECONDS: i64 = 30;

/// A call that passed the gate.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    pub(crate) grant: Grant,
    shop: Option<&'a ShopSpec>,
}

impl<'a> Pass<'a> {
    /// The shop of a shop-scoped call.
    pub(crate) fn shop(&self) -> Result<&'a ShopSpec, ApiError> {
        self.shop.ok_or_else(cipher_missing)
    }
}

/// Checks app key, time, signature, token, shop and quota, in this order.
pub(crate) fn check<'a>(
    core: &'a Core,
    request: &Request,
    endpoint: &Endpoint,
) -> Result<Pass<'a>, ApiError> {
    match endpoint {
        Endpoint::Unknown => return Err(ApiError::no_such_path()),
        Endpoint::WrongMethod => {
            let code = 36_009_010;
            return Err(ApiError { code, message: "Invalid method.".to_owned(), ..ApiError::no_such_path() });
        }
        _ => {}
    }
    core.refuse()?;
    check_app_key(core, request)?;
    check_timestamp(request)?;
    check_sign(core, request)?;
    check_content_type(request)?;
    let token = request
        .header("x-tts-access-token")
        .filter(|token| !token.is_empty())
        .ok_or_else(|| ApiError::invalid("The x-tts-access-token header is missing."))?;
    let grant = locked(&core.tokens).check(token, clock::unix_seconds())?;
    let cipher = request.param("shop_cipher");
    if *endpoint == Endpoint::AuthorizedShops {
        if cipher.is_some() {
            return Err(ApiError::invalid(
                "Unexpected identifier. The shop_cipher query parameter is not required for this request",
            ));
        }
        return Ok(Pass { grant, shop: None });
    }
    let cipher = cipher.filter(|cipher| !cipher.is_empty()).ok_or_else(cipher_missing)?;
    let shop = core
        .config
        .shops
        .iter()
        .find(|shop| shop.cipher == cipher)
        .ok_or_else(|| ApiError::invalid("Invalid shop_cipher."))?;
    if !grant.shops.contains(&shop.id) {
        return Err(ApiError::unauthorized(101_000, "The access token does not match the shop."));
    }
    if endpoint.is_customer_service() && !core.config.customer_service {
        return Err(ApiError::unauthorized(105_005, "Access denied: the app lacks the scope."));
    }
    core.quota.take(&shop.id)?;
    Ok(Pass { grant, shop: Some(shop) })
}

fn cipher_missing() -> ApiError {
    let message = "The shop_cipher query parameter is missing.".to_owned();
    ApiError { code: 106_013, message, ..ApiError::invalid("") }
}

fn check_app_key(core: &Core, request: &Request) -> Result<(), ApiError> {
    match request.param("app_key") {
        Some(key) if key == core.config.app_key => Ok(()),
        _ => Err(ApiError::invalid("Invalid app_key.")),
    }
}

fn check_timestamp(request: &Request) -> Result<(), ApiError> {
    let timestamp = request
        .param("timestamp")
        .filter(|text| text.len() == 10)
        .and_then(|text| text.parse::<i64>().ok())
        .ok_or_else(|| ApiError::invalid("The timestamp query parameter must have 10 digits."))?;
    let age = clock::unix_seconds() - timestamp;
    if (-TIMESTAMP_AHEAD_MAX_SECONDS..=TIMESTAMP_AGE_MAX_SECONDS).contains(&age) {
        Ok(())
    } else {
        Err(ApiError::invalid("Invalid timestamp: it is out of the accepted window."))
    }
}

fn check_sign(core: &Core, request: &Request) -> Result<(), ApiError> {
    let given = request
        .param("sign")
        .filter(|sign| !sign.is_empty())
        .ok_or_else(|| ApiError::invalid("The sign query parameter is missing."))?;
    let expected = sign::request(
        &core.config.app_secret,
        &request.path,
        &request.query,
        request.header("content-type"),
        &request.body,
    );
    if given == expected { Ok(()) } else { Err(ApiError::sign_invalid()) }
}

fn check_content_type(request: &Request) -> Result<(), ApiError> {
    let json = request.header("content-type").is_some_and(|t| t.starts_with("application/json"));
    if request.body.is_empty() || json {
        return Ok(());
    }
    let message = "Invalid content-type: application/json is required.".to_owned();
    Err(ApiError { code: 36_009_023, message, ..ApiError::invalid("") })
}
