// The routes of metadata, one file each: who adds what.
#pragma once

#include "libs/common/http.h"
#include "services/metadata/service.h"

namespace vang::metadata {

void AddInternalRoutes(const Service& service, http::Router* router);    // internal_routes.cc
void AddRecordingRoutes(const Service& service, http::Router* router);   // recording_routes.cc
void AddAudioRoute(const Service& service, http::Router* router);        // audio_route.cc
void AddTranscriptRoutes(const Service& service, http::Router* router);  // transcript_routes.cc
void AddProgressRoute(const Service& service, http::Router* router);     // progress_route.cc
void AddDeadLetterRoutes(const Service& service, http::Router* router);  // dead_letter_routes.cc
void AddKeyRoutes(const Service& service, http::Router* router);         // key_routes.cc

}  // namespace vang::metadata
