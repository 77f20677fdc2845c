/* Hands the door its questions about uploaded sheets. */
#pragma once
#include "uploads.h"
#include "web/api_app.h"

/* `uploads` must outlive the door. */
void app_uploads_fill(struct api_app *api, const struct uploads *uploads);
