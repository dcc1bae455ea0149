/** `picturelock`, for whoever starts it by its source. */
import './start.mjs';
