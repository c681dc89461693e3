"""What the page says that describes the API. What the API itself says is English."""

TEXTS: dict[str, tuple[str, str]] = {
    "api.title": ("API", "API"),
    "api.lead": (
        "Всё, что здесь видно, программы читают в JSON. Описание для машин: OpenAPI.",
        "Programs read all that is shown here as JSON. The description for machines is OpenAPI.",
    ),
    "api.document": ("Описание OpenAPI", "OpenAPI document"),
    "api.parameters": ("Параметры", "Parameters"),
    "api.parameter": ("параметр", "parameter"),
    "api.kind": ("вид", "kind"),
    "api.meaning": ("что значит", "meaning"),
    "api.answers": ("Ответ", "Answer"),
    "api.field": ("поле", "field"),
    "api.records": ("Записи", "Records"),
    "api.required": ("обязателен", "required"),
    "api.try": ("Попробовать", "Try it"),
}
