/* SPDX-License-Identifier: MIT */
#include "world/world.h"
