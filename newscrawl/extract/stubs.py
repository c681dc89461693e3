"""What walls, closed doors and stubs say of themselves: the phrases that `newscrawl.extract.diagnosis` knows.

In lower case, «ё» as «е». Those that end in no `_SAYS` or `_WORDS` are whole headings: they must be all that is said.
"""

from __future__ import annotations

import re


def _one_of(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in phrases))


# --- bot walls

GUARDS = _one_of(
    r"ddos-guard", r"__ddg\d", r"_cf_chl_opt", r"cf-browser-verification", r"cf-error-details", r"cf_chl_",
    r"cf-turnstile",
    r"challenges\.cloudflare", r"qrator", r"__qrator", r"variti", r"stormwall", r"servicepipe", r"slowaes",
    r"testcookie",
    r"ngenix", r"killbot", r"kill-bot", r"antibot", r"js-challenge", r"smartcaptcha", r"checkcaptcha", r"g-recaptcha",
    r"h-captcha", r"recaptcha/api",
)  # fmt: skip
"""Names of the guards, in markup, scripts or the Server header. Alone they prove nothing: a good page may bear them."""
_BROWSER = r"(?:вашего |ваш |вашем |your |the |веб-)*(?:браузера?|browser)"
WALL = _one_of(
    rf"(?:идет |выполняется |производится |автоматическая )?проверка {_BROWSER}(?: .{{0,60}})?",
    rf"(?:мы )?проверяем {_BROWSER}(?: .{{0,60}})?",
    rf"(?:checking|verifying) (?:if )?{_BROWSER}(?: .{{0,60}})?",
    r"just a moment", r"один момент", r"ddos[- ]guard", r"attention required!? \| cloudflare", r"attention required",
    r"(?:пожалуйста,? )?(?:подтвердите|докажите),? что (?:запросы отправляли )?вы,? (?:не робот|человек|а не робот)",
    r"(?:подтвердите|докажите), что запросы отправляли вы, а не робот",
    r"(?:вы )?не робот\??", r"вы робот\??", r"я не робот", r"are you (?:a )?(?:human|robot)\??",
    r"(?:please )?(?:verify|confirm)(?: that)? you are (?:a )?(?:human|not a robot)",
    r"(?:введите )?(?:капч[ау]|captcha)",
    r"проверка безопасности", r"security check(?: required)?", r"защита от (?:ddos(?:-атак)?|ботов|роботов)",
    r"ваш запрос (?:был )?заблокирован(?: .{0,60})?", r"you have been blocked",
    r"доступ (?:к (?:сайту|ресурсу|странице) )?(?:заблокирован|ограничен) (?:системой|фильтром|защитой) .{0,60}",
)  # fmt: skip
WALL_WORDS = re.compile(
    r"проверк\w* \w*\s?браузер|не робот|вы человек|включите (?:javascript|cookie|js)|enable (?:javascript|cookies)"
    r"|капч|captcha|are (?:human|not a robot)|checking your browser|ddos|подозрительн\w+ (?:активност|трафик)|ray id"
    r"|введите (?:код|символы|текст) с (?:картинки|изображения)|автоматическ\w+ запрос|доступ (?:заблокирован"
    r"|запрещен)"
)
WAIT = re.compile(r"подождите|загрузка|please wait|wait a moment|one moment|loading")
SETS_COOKIE = re.compile(r"document\.cookie\s*=|set_?cookie\s*\(")
ASKS_AGAIN = re.compile(
    r"location\.(?:reload|replace|assign)\s*\(|location(?:\.href)?\s*=[^=]|http-equiv=[\"']?refresh|\.submit\s*\("
    r"|history\.go\("
)

# --- closed to this visitor

_YOUR_PLACE = (
    r"(?:ваш\w+ (?:стран\w+|регион\w*|территори\w+|ip(?:[- ]адрес\w*)?|местоположени\w+)"
    r"|(?:данн\w+|эт\w+) (?:стран\w+|ip\b))"
)
_CLOSED = r"(?:ограничен\w*|запрещен\w*|закрыт\w*|заблокирован\w*|недоступ\w+|невозмож\w+)"
_RUSSIA = r"(?:рф|росси\w+(?: федерации)?)"
GEO = _one_of(
    rf"^(?:этот |данный )?(?:сайт|ресурс|портал) доступен только (?:для )?(?:посетител|пользовател|жител)\w+ (?:из "
    rf"|с территории )?{_RUSSIA}",
    rf"^доступ .{{0,40}}(?:из-за рубежа|из-за границы|вне территории {_RUSSIA}) {_CLOSED}[ .!]*$",
    rf"(?:доступ|просмотр|вход|посещени|сайт|ресурс|портал|страниц"
    rf"|контент)\w*\b.{{0,40}}\b{_YOUR_PLACE}.{{0,30}}\b{_CLOSED}",
    rf"\b(?:доступ|просмотр|сайт|ресурс|портал|страниц|контент)\w*\b.{{0,40}}\b{_CLOSED} .{{0,25}}{_YOUR_PLACE}",
    rf"^доступ (?:к (?:сайту|ресурсу|порталу) )?(?:возможен|разрешен|открыт) только (?:с|из|на)"
    rf" .{{0,25}}{_RUSSIA}[ .!]*$",
    rf"^(?:сайт|ресурс|портал) доступен только (?:с|из|на) .{{0,25}}{_RUSSIA}[ .!]*$",
    rf"^доступ .{{0,30}}(?:из-за пределов|вне|за пределами) .{{0,20}}{_RUSSIA} {_CLOSED}[ .!]*$",
    r"(?:отключите|выключите|используете) (?:ваш )?vpn",
    r"(?:not available|unavailable|blocked|restricted|denied|prohibited) (?:in|from|for) (?:your|this) (?:country"
    r"|region|location)",
    r"your (?:country|region|ip(?: address)?) (?:is|has been|was) (?:blocked|not allowed|restricted|banned)",
    r"access (?:from|for) your (?:country|region|location|ip)",
)  # fmt: skip

# --- closed for the moment

_WORKS = (
    r"(?:(?:плановые|профилактические|технические|технологические|регламентные|ремонтные|внеплановые) )*"
    r"(?:технические|профилактические|регламентные|технологические|ремонтные|сервисные) работы"
)
_WORKED = r"(?:ведутся|проводятся|идут|производятся|выполняются|проходят)"
_SITE = r"(?:этот |наш |данный )?(?:сайт|портал|ресурс|веб-сайт|сервис|интернет-портал)(?: \S+\.\S+)?"
_MOMENT = r"(?: временно| сейчас| в данный момент| на данный момент| пока)*"
MAINTENANCE = _one_of(
    r"(?:идет|ведется|производится|выполняется) (?:плановое )?обновление (?:сайта|портала)",
    r"сайт (?:обновляется|на обновлении)",
    rf"(?:(?:на|в работе) (?:нашем |этом |данном )?(?:сайте|портале|ресурсе|сервере)(?: \S+\.\S+)? )?{_MOMENT}"
    rf" ?(?:{_WORKED} )?{_WORKS}"
    r"(?: на (?:сайте|портале|сервере|ресурсе))?",
    rf"(?:извините,? ?|к сожалению,? ?|уважаемые \S+!? )?{_SITE}{_MOMENT}"
    r" (?:недоступен|закрыт|отключен|не работает|выключен|приостановлен|остановлен)(?: (?:на|для|по|из-за|в связи)"
    r" .{1,60})?",
    rf"(?:{_SITE}{_MOMENT} )?(?:находится )?на (?:техническом обслуживании|профилактике|реконструкции|обслуживании"
    rf"|ремонте)",
    rf"{_SITE} (?:находится )?в (?:разработке|стадии разработки)", r"техническое обслуживание", r"режим обслуживания",
    r"технический перерыв", r"(?:503[ :.-]*)?(?:сервис|страница|служба) временно недоступ\w+",
    r"(?:the |this |our )?(?:web)?site (?:is )?(?:temporarily |currently )?(?:unavailable|offline|down|closed)"
    r"(?: (?:for|due to) .{1,40})?",
    r"(?:site |website |scheduled )?(?:is )?(?:under |in )?maintenance(?: mode)?", r"under construction",
    r"we(?:'|’|&rsquo;)ll be (?:right )?back(?: soon| shortly)?", r"(?:503 )?service (?:temporarily )?unavailable",
)  # fmt: skip
MAINTENANCE_NOW = _one_of(
    rf"на (?:нашем |этом |данном )?(?:сайте|портале|ресурсе|сервере)\b.{{0,40}}{_WORKED} {_WORKS}",
    rf"{_WORKED} {_WORKS} .{{0,30}}на (?:сайте|портале|ресурсе|сервере)",
    rf"{_SITE}{_MOMENT} (?:недоступен|закрыт|отключен|не работает) (?:на|для|по причине|из-за|в связи с) .{{0,30}}"
    r"(?:работ|обслуживани|обновлени|профилактик|реконструкци)",
    rf"^{_SITE} (?:временно|в данный момент|сейчас) (?:недоступен|закрыт|не работает|отключен)",
    rf"^{_SITE}{_MOMENT} находится на (?:\w+ )?(?:обслуживании|профилактике|реконструкции)",
    r"unavailable for scheduled maintenance", r"(?:down|closed|offline) for (?:scheduled )?maintenance",
)  # fmt: skip

# --- no site there

PARKED = _one_of(
    r"(?:этот |данный )?домен(?:ное имя)?(?: \S+\.\S+)? (?:(?:не прилинкован|не привязан|припаркован)(?: .{0,60})?"
    r"|продается|свободен"
    r"|не делегирован|выставлен на продажу|заблокирован|отключен|зарегистрирован)",
    r"(?:купить|продается|продажа) домен\w*(?: \S+\.\S+)?", r"(?:аккаунт|хостинг|услуга хостинга|учетная запись)"
    r" (?:заблокирован|приостановлен|отключен|не оплачен)\w*(?: .{0,40})?",
    r"(?:этот |данный )?сайт(?: \S+\.\S+)? (?:отключен|заблокирован|приостановлен|не оплачен|выключен) "
    r"(?:за|из-за|по причине|в связи с|хостинг|владельц|администраци).{1,40}",
    r"(?:здесь |тут |на этом месте )(?:скоро )?(?:будет|появится) (?:новый |ваш )?сайт",
    r"скоро здесь (?:будет|появится) (?:новый |ваш )?сайт",
    r"сайт (?:только что создан|еще не создан|не настроен|не найден на (?:сервере|хостинге)|не опубликован)",
    r"(?:this )?domain(?: name)?(?: \S+\.\S+)? (?:is |has |may be )?(?:parked|expired|for sale)(?: .{0,40})?",
    r"account suspended",
    r"(?:this )?(?:site|website|account) (?:is|has been) suspended",
)  # fmt: skip
PARKED_SAYS = re.compile(
    r"домен \S+ не (?:прилинкован|привязан|обслуживается)|домен не прилинкован|(?:этот|данный) домен (?:продается"
    r"|припаркован)"
    r"|buy this domain|this domain (?:is|may be) for sale|сайт \S* ?отключен за неуплату|за неуплату услуг"
    r"|срок (?:регистрации|действия|оплаты|делегирования) домена .{0,30}(?:ист[её]к|законч)|парковочная страница"
)
SERVER_PAGES = _one_of(
    r"welcome to nginx", r"apache2? .{0,20}default page(?:: it works)?", r"it works", r"test page for .{1,60}",
    r"iis windows server", r"iis\d+", r"http server test page.{0,40}", r"welcome to openresty",
    r"default web site page",
    r"welcome to (?:centos|caddy|lighttpd)", r"index of /", r"bitrixvm", r"добро пожаловать в (?:nginx|isp ?manager)",
)  # fmt: skip

# --- a question in place of the content

CONSENT = _one_of(
    r"(?:подтверждение|подтвердите|проверка) (?:ваш\w* )?возраста?",
    r"(?:вам|мне) (?:уже )?(?:есть|исполнилось) (?:18|21)(?: лет)?\??",
    r"(?:18|21)\+", r"согласие на (?:обработку|использование) .{3,60}", r"age verification",
    r"before you continue.{0,40}",
    r"(?:мы|сайт|этот сайт|наш сайт) использу(?:ем|ет) (?:файлы )?(?:cookies?|куки)(?:-файлы)?",
    r"(?:использование|настройки) (?:файлов )?(?:cookies?|куки)(?:-файлов)?", r"we value your privacy",
    r"cookie consent",
)  # fmt: skip
CONSENT_WORDS = re.compile(
    r"cookie|куки|персональн\w+ данн|согласи[еяю]|соглашаетесь|совершеннолет|достигли (?:18|21)|исполнилось (?:18|21)"
    r"|старше (?:18|21)|your privacy|18 лет"
)
_INSIDE = (
    r"(?:систем[уе]|сайте?|личный кабинет|портале?|панель .{1,20}|аккаунт|учетную запись|cms|административн.{1,20})"
)
LOGIN = _one_of(
    rf"(?:авторизация|аутентификация|вход|войти)(?: (?:в|на) {_INSIDE}| пользователя)?", r"требуется авторизация",
    rf"(?:пожалуйста,? )?(?:авторизуйтесь|войдите)(?: (?:в|на) {_INSIDE})?", r"необходимо (?:авторизоваться|войти)",
    r"(?:log|sign) ?in(?: to .{1,40})?", r"login", r"authorization(?: required)?", r"личный кабинет",
    r"доступ (?:запрещен|ограничен)",
)  # fmt: skip

# --- no such page

_THING = (
    r"(?:(?:запрашиваем|запрошенн|данн|эт|так|указанн|нужн|иском)\w* )?(?:вами )?"
    r"(?:страниц[аы]|запис[ьи]|новост[ьи]|стать[яи]|материал|документ|элемент|раздел|файл|публикаци[яи]|объект"
    r"|адрес|url)"
)
MISSING = _one_of(
    r"(?:(?:ошибка|error|код ошибки|страница)[ :№#-]*)?404(?:[ .:,!—–-]*(?:ошибка|error|not found|page not found"
    r"|нет такой страницы"
    rf"|(?:к сожалению,? )?{_THING} не (?:найден[ао]?|существует)))?",
    rf"(?:ошибка[ :.!—–-]*|извините,? ?|к сожалению,? ?|увы,? ?|упс[!,. ]*|ой[!,. ]*)?(?:такой )?{_THING}"
    r"(?:,? котор\w+ .{1,40},?)?"
    r" (?:не (?:найден[ао]?|существует|обнаружен[ао]?)|(?:была )?удален[ао]?|отсутствует|больше не существует)"
    r"(?: (?:или|либо|на сайте|на сервере|в базе).{0,60})?(?: ?\(?(?:ошибка )?404\)?)?",
    r"(?:такой |этой )страницы (?:не существует|нет|больше нет)(?: .{0,30})?", r"нет такой страницы",
    r"(?:error[: ]*)?(?:the )?(?:requested )?(?:page|document|url|file) (?:was |could )?not (?:be"
    r" )?found(?:[ -]*404)?", r"not found",
    r"(?:ошибка[ :!.—–-]*)?(?:материал|категория|статья) не (?:найден|найдена)", r"ничего не найдено",
    r"oops!? that page can.t be found",
)  # fmt: skip
MISSING_PAGE = re.compile(
    r"(?:извините,? ?|к сожалению,? ?)?(?:(?:запрашиваем|запрошенн|данн|эт|так|указанн)\w* )?(?:вами )?(?:страниц"
    r"|новост|публикаци|стать)\w+"
    r" не (?:найдена|существует)(?: (?:или|либо|на сайте) .{0,60}"
    r"|\. возможно,? .{0,60}(?:удалена|перемещена|перенесена))?"
)
"""What a block of a whole page must be for the page to be missing: nothing that an empty search would say."""
MISSING_SAYS = re.compile(
    r"запр[ао]ш\w+ (?:вами )?(?:страниц\w+|адрес\w*|документ\w*|материал\w*|файл\w*) не (?:существует|найден)"
)

# --- empty until scripts have run

EMPTY_ROOT = re.compile(
    r"<(?:div|main|section)[^<>]*\bid=[\"']?(?:root|app|__next|__nuxt|q-app|main-app|react-root|vue-app|application"
    r"|app-root|react-app"
    r"|svelte|page-app|wrapper-app|mount|spa|ember\d*|gatsby|___gatsby)[\"']?[^<>]*>(?:\s|<!--[^<>]{0,200}-->)*"
    r"(?:<(?:div|span|img|svg|i|p)[^<>]*>[^<>]{0,40}(?:</(?:div|span|svg|i|p)>)?\s*){0,4}</(?:div|main|section)>"
    r"|<(?:app-root|my-app|[a-z]+-app|app-[a-z]+)(?:\s[^<>]*)?>[^<>]{0,40}</"
)
NEEDS_SCRIPTS = re.compile(
    r"enable javascript|javascript (?:is )?(?:required|disabled)|requires javascript|включите (?:поддержку"
    r" )?(?:javascript|js\b)"
    r"|(?:нужен|необходим|требуется|включить|отключен|поддержк\w+|без) javascript|javascript (?:отключен|необходим"
    r"|выключен)"
)

# --- what no stub says

REPORT = re.compile(
    r"сообщ(?:ил|ает|ают|или|ила)\b|рассказал|пресс-служб|отметил|подчеркнул|по словам|состоял[аои]с|состоится"
    r"|мошенник"
    r"|буд(?:ет|ут) (?:временно |частично )*(?:недоступ|закрыт|приостан|отключен|провод|провед|ограничен)|был[аио]?"
    r" (?:закрыт|недоступ)"
    r"|(?:напомин|предупрежд|информиру)(?:ает|ют|ем) жител"
)
"""The words of a report: somebody says, something took place or will."""
STUB_WORDS = re.compile(
    r"извин|позже|попробуйте|обновите страниц|перезагруз|обратитесь|cookie|куки|javascript|браузер|робот|капч"
    r"|captcha|ddos"
    r"|страниц\w+ (?:была |был |могла )?(?:не |удален|перемещ)|технически\w+ работ|техническ\w+ обслуживани|домен"
    r"|хостинг|nginx|ваш\w* ip"
    r"|вашей стран|авториз|парол|согласи|персональн\w+ данн|18 лет|возраст|apologi|try again|refresh|browser|robot"
    r"|security"
)
"""What a stub's longer paragraphs are about."""
SITE_NAME = re.compile(
    r"администраци|официальн\w+ (?:сайт|портал|интернет)|(?:сайт|портал) (?:администрац|город|муниципал"
    r"|правительств|органов)"
    r"|(?:.{1,30} )?городск\w+ округ$|городск\w+ округ|город \S+$"
    r"|муниципальн\w+ (?:образовани|округ|район)|правительств\w+ \S+ \S+$|мэри[яи] города"
    r"|министерств\w+ |government|\S+ городская дума"
)
EXCLAMATION = re.compile(
    r"уважаемы|внимание|извините|приносим|к сожалению|доступ |(?:мы )?скоро |сайт содержит|http |error |ошибка "
    r"|[\d.:/-]+$|добро пожаловать"
)
"""How headings begin that tell nothing of what happened."""
HEADED = _one_of(*(one.pattern for one in (WALL, MAINTENANCE, PARKED, SERVER_PAGES, CONSENT, LOGIN, MISSING)))
HEADING_HINT = re.compile(
    r"404|not found|не найден|не существует|удален|отсутствует|такой страницы|авторизац|аутентификац|вход|войти"
    r"|login|sign in"
)
"""What a heading of `MISSING` or `LOGIN` has in it."""
