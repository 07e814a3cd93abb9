//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::remedy::Call;

/// What `--help` prints.
pub const HELP: &str = "\
Punctual: TikTok Shop orders to the carrier on time.

Usage: punctual [OPTIONS]
       punctual import-catalogue FILE --shop SHOP_ID
       punctual remedy ACTION --shop SHOP_ID --order ORDER_ID [--order ORDER_ID ...]
       punctual connect-link [--port P]
       punctual disconnect SHOP_ID
       punctual test-mail ADDRESS
       punctual check-settings FILE
       punctual backup FILE
       punctual restore FILE [--labels-checked]

Without options it starts a sandbox (a TikTok Shop and an EasyPost account on this machine), connects the sandbox's
shop, works on its orders and goes on until Ctrl-C.

Options:
  --live            start no sandbox: work on the shops that are connected, with the services that the environment names
  --once            end when all orders are done; exit with 1 if one is not
  --orders N        how many orders: the sandbox starts with them, --once waits for them [20]
  --seed S          what the sandbox's orders are drawn from [1 with --once, else the time]
  --json            print the summary as one JSON object
  --port P          port of webhooks and shop connection [8080; with the sandbox any free one]
  --timeout SECONDS with --once: give up when nothing has moved for this long [180]
  -h, --help        print this

import-catalogue reads packed weights and sizes from a CSV file with the columns
  sku, weight, weight_unit [, length, width, height, size_unit]
where sku is TikTok's SKU id or your own SKU, weight_unit g, kg, oz or lb, size_unit in, cm or mm. For example
  sku,weight,weight_unit,length,width,height,size_unit
  MUG-01,12.5,oz,6,5,4,in
  1729380000000000123,0.4,kg,,,,
Columns are separated by commas, semicolons (with decimal commas, if you like) or tabs; UTF-8 and UTF-16 are read. If a
line can't be used, every such line is named and nothing is imported. SKUs that are in no order of the shop are named.

remedy does something about orders with exceptions, while no other punctual works on the data folder. ACTION is
  retry, rerate, void, hold, release, ack, ask-carrier, approve-cancellation
  confirm-address                     a person found the address right: ship to it as it stands
  mark-urgent [--off]
  message-buyer --text TEXT           {order} and {shop} stand for the order's id and the shop's name
  cancel-and-refund --reason REASON   out_of_stock, wrong_price, address_undeliverable or buyer_requested
  refuse-cancellation [--reason NAME] [--comment TEXT]
  correct-address --address FILE      JSON: name, street1, street2, city, state, postal_code, country, phone
It prints what became of each order, with --json as JSON, and exits with 1 if one did not take it.

connect-link prints a link with which a seller can connect shops, once and within 30 minutes. It needs no data folder, so
it works beside a running host. The link is at PUNCTUAL_PUBLIC_URL, or without that at 127.0.0.1 and the port.

disconnect ends the work for a shop, while no other punctual works on the data folder: its tokens are deleted, and nothing
is polled, bought or uploaded for it until it is connected again.

test-mail sends one e-mail to ADDRESS by the mail server of PUNCTUAL_SMTP_URL, or says why it was not sent.

check-settings says whether FILE can be used, and if not, which field is wrong; it stores nothing. FILE holds settings, or is
the secret of a stack on AWS, with PUNCTUAL_SETTINGS, PUNCTUAL_DISPATCH_RULES and PUNCTUAL_RATE_RULES as texts.

backup copies the data folder's database, labels and all, into the new file FILE, beside a running punctual.
restore makes the database of an empty data folder of such a file. Labels that were bought after the backup are not in it and
would be bought again: without --labels-checked it only says what to look at before, and exits with 1.

Configuration comes from the environment; README.md lists it.
";

/// What the host is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// Print the help.
    pub help: bool,
    /// Work on real shops.
    pub live: bool,
    /// End when all orders are done.
    pub once: bool,
    /// How many orders.
    pub orders: Option<usize>,
    /// What the sandbox's orders are drawn from.
    pub seed: Option<u64>,
    /// Print JSON.
    pub json: bool,
    /// The HTTP port.
    pub port: Option<u16>,
    /// Give up after so many seconds without progress.
    pub timeout_seconds: Option<u64>,
    /// Import this catalogue and end.
    pub import: Option<Import>,
    /// Apply this remedy and end.
    pub remedy: Option<Call>,
    /// Print a link with which shops can be connected, and end.
    pub connect_link: bool,
    /// Disconnect this shop and end.
    pub disconnect: Option<String>,
    /// Send a test mail to this address and end.
    pub test_mail: Option<String>,
    /// Check the settings in this file and end.
    pub check_settings: Option<PathBuf>,
    /// Copy the database into this file and end.
    pub backup: Option<PathBuf>,
    /// Make the database of this file and end.
    pub restore: Option<PathBuf>,
    /// Somebody has looked at the labels that were bought after the backup.
    pub labels_checked: bool,
}

/// A catalogue to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The CSV file.
    pub file: PathBuf,
    /// The shop that it is of.
    pub shop: String,
}

impl Args {
    /// Reads the command line, program name first.
    pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        use lexopt::ValueExt as _;
        use lexopt::prelude::{Long, Short, Value};

        let mut parsed = Self::default();
        let mut words: Vec<OsString> = Vec::new();
        let mut shop: Option<String> = None;
        let mut call = Call::default();
        let mut parser = lexopt::Parser::from_iter(args);
        while let Some(arg) = parser.next()? {
            match arg {
                Long("help") | Short('h') => parsed.help = true,
                Long("live") => parsed.live = true,
                Long("once") => parsed.once = true,
                Long("json") => parsed.json = true,
                Long("orders") => parsed.orders = Some(parser.value()?.parse()?),
                Long("seed") => parsed.seed = Some(parser.value()?.parse()?),
                Long("port") => parsed.port = Some(parser.value()?.parse()?),
                Long("timeout") => parsed.timeout_seconds = Some(parser.value()?.parse()?),
                Long("shop") => shop = Some(parser.value()?.string()?),
                Long("order") => call.orders.push(parser.value()?.string()?),
                Long("reason") => call.reason = Some(parser.value()?.string()?),
                Long("text") => call.text = Some(parser.value()?.string()?),
                Long("comment") => call.comment = Some(parser.value()?.string()?),
                Long("address") => call.address = Some(parser.value()?.into()),
                Long("off") => call.off = true,
                Long("labels-checked") => parsed.labels_checked = true,
                Value(word) => words.push(word),
                _ => return Err(arg.unexpected()),
            }
        }
        match (words.as_slice(), shop) {
            ([command, action], Some(shop)) if command == "remedy" && !call.orders.is_empty() => {
                parsed.remedy = Some(Call { action: action.clone().string()?, shop, ..call });
                return Ok(parsed);
            }
            ([command, ..], _) if command == "remedy" => {
                return Err("remedy needs ACTION, --shop SHOP_ID and --order ORDER_ID".into());
            }
            _ if call != Call::default() => {
                return Err(
                    "--order, --reason, --text, --comment, --address and --off belong to remedy".into()
                );
            }
            ([], None) => {}
            ([], Some(_)) => return Err("--shop belongs to import-catalogue and remedy".into()),
            ([command, file], Some(shop)) if command == "import-catalogue" => {
                parsed.import = Some(Import { file: PathBuf::from(file), shop });
            }
            ([command, ..], _) if command == "import-catalogue" => {
                return Err("import-catalogue needs FILE and --shop SHOP_ID".into());
            }
            ([command], None) if command == "connect-link" => parsed.connect_link = true,
            ([command, ..], _) if command == "connect-link" => {
                return Err("connect-link takes no argument but --port".into());
            }
            ([command, shop], None) if command == "disconnect" => {
                parsed.disconnect = Some(shop.clone().string()?);
            }
            ([command, ..], _) if command == "disconnect" => {
                return Err("disconnect needs SHOP_ID alone".into());
            }
            ([command, to], None) if command == "test-mail" => {
                parsed.test_mail = Some(to.clone().string()?);
            }
            ([command, ..], _) if command == "test-mail" => {
                return Err("test-mail needs ADDRESS alone".into());
            }
            ([command, file], None) if command == "check-settings" => {
                parsed.check_settings = Some(PathBuf::from(file));
            }
            ([command, ..], _) if command == "check-settings" => {
                return Err("check-settings needs FILE alone".into());
            }
            ([command, file], None) if command == "backup" => parsed.backup = Some(PathBuf::from(file)),
            ([command, file], None) if command == "restore" => parsed.restore = Some(PathBuf::from(file)),
            ([command, ..], _) if command == "backup" || command == "restore" => {
                return Err(format!("{} needs FILE alone", command.to_string_lossy()).into());
            }
            ([word, ..], _) => return Err(format!("unknown command {:?}", word.to_string_lossy()).into()),
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Args, Import};

    fn parse(line: &str) -> Result<Args, String> {
        let words = std::iter::once("punctual").chain(line.split_whitespace()).map(Into::into);
        Args::parse(words).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_the_help_says() {
        let args = parse("--once --orders 100 --json --port 0 --seed 7").unwrap();
        assert!(args.once && args.json && !args.live);
        assert_eq!((args.orders, args.port, args.seed), (Some(100), Some(0), Some(7)));
        let import = Some(Import { file: "c.csv".into(), shop: "7".into() });
        assert_eq!(parse("import-catalogue c.csv --shop 7").unwrap().import, import);
        assert_eq!(parse("test-mail ann@example.com").unwrap().test_mail.as_deref(), Some("ann@example.com"));
        assert_eq!(parse("check-settings s.json").unwrap().check_settings, Some("s.json".into()));
        let link = parse("connect-link --port 9090").unwrap();
        assert!(link.connect_link && link.port == Some(9090));
        assert_eq!(parse("disconnect 7495").unwrap().disconnect.as_deref(), Some("7495"));
        assert_eq!(parse("backup b.sqlite").unwrap().backup, Some("b.sqlite".into()));
        assert_eq!(parse("restore b.sqlite").unwrap().restore, Some("b.sqlite".into()));
        let call = parse("remedy retry --shop 7 --order 1 --order 2 --json").unwrap().remedy.unwrap();
        assert_eq!((call.action.as_str(), call.shop.as_str(), call.orders.len()), ("retry", "7", 2));
    }

    #[test]
    fn says_what_is_wrong() {
        for (line, expect) in [
            ("--orders many", "many"),
            ("--nonsense", "--nonsense"),
            ("sing", "sing"),
            ("import-catalogue c.csv", "--shop"),
            ("--shop 7", "import-catalogue"),
            ("remedy retry --shop 7", "--order"),
            ("--order 7", "belong to remedy"),
            ("test-mail", "needs ADDRESS"),
            ("check-settings", "needs FILE"),
            ("connect-link 7", "no argument"),
            ("disconnect", "needs SHOP_ID"),
            ("disconnect 7 8", "needs SHOP_ID"),
            ("backup", "backup needs FILE"),
            ("restore a b", "restore needs FILE"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(expect), "{line}: {error}");
        }
    }
}
