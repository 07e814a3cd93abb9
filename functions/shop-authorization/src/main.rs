//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::Private;
use lambda::{Request, Response, Setup, StartError};
use shop_authorization::{Callback, ShopAuthorization};

fn main() -> ExitCode {
    lambda::http(build, answer)
}

fn build(setup: &mut Setup) -> Result<ShopAuthorization, StartError> {
    let secret = config::tiktok(&|name| setup.lookup(name))?.app_secret;
    Ok(ShopAuthorization::new(setup.shops()?, setup.tiktok()?, setup.clock(), secret))
}

async fn answer(function: Arc<ShopAuthorization>, request: Request) -> Response {
    match request.path.as_str() {
        "/oauth/tiktok/start" => Response::redirect(function.start()),
        "/oauth/tiktok/callback" => {
            let value = |name: &str| request.query(name).map(str::to_owned);
            let callback = Callback {
                code: value("code").map(Private::new),
                state: value("state"),
                error: value("error"),
            };
            let page = function.callback_page(&callback).await;
            Response::text(page.status, page.text)
        }
        _ => Response::empty(404),
    }
}
